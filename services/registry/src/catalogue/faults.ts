/** A refusal with the error code that Schema Registry clients know. The HTTP status is its first three digits. */
export class RegistryFault extends Error {
  readonly errorCode: number
  readonly status: number

  constructor(errorCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RegistryFault'
    this.errorCode = errorCode
    this.status = Number(String(errorCode).slice(0, 3))
  }
}

export const subjectNotFound = (subject: string) =>
  new RegistryFault(40401, `Subject '${subject}' not found.`)
export const versionNotFound = (version: number | string) =>
  new RegistryFault(40402, `Version ${version} not found.`)
export const schemaNotFound = () => new RegistryFault(40403, 'Schema not found')
export const incompatible = (problems: readonly string[]) =>
  new RegistryFault(
    409,
    `Schema being registered is incompatible with an earlier schema: ${problems.join('; ')}`,
  )
export const invalidSchema = (why: string) => new RegistryFault(42201, `Invalid schema: ${why}`)
export const invalidVersion = (version: string) =>
  new RegistryFault(42202, `The version '${version}' is not valid: give a positive number or latest`)
export const invalidLevel = (level: unknown) =>
  new RegistryFault(42203, `Invalid compatibility level: ${String(level)}`)
export const notSoftDeleted = (subject: string) =>
  new RegistryFault(40405, `Subject '${subject}' was not deleted first before being permanently deleted`)
