export interface MediaType {
  /** Lower case, without parameters. */
  readonly name: string
  readonly charset: string
}

export function parseMediaType(contentType: string | undefined): MediaType | undefined {
  if (contentType === undefined) return undefined
  const [type = '', ...parameters] = contentType.split(';')
  const name = type.trim().toLowerCase()
  if (name === '') return undefined
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(parameter)?.[1])
    .find((found) => found !== undefined)
  return { name, charset: (charset ?? 'utf-8').toLowerCase().replace(/^utf8$/, 'utf-8') }
}
