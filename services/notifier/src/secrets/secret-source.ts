import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Only variables of this prefix can be named by a channel: whoever may edit channels must not be able to send out any other. */
export const SECRET_PREFIX = 'NOTIFIER_SECRET_'
const MAX_SECRET_BYTES = 16 * 1024
/** A plain file name: no folder, no way up. */
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/

/** A setting that is missing or names a secret that is not there. Its message names the setting and never a value. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
  readonly code = 'misconfigured'
  readonly retryable = true
}

type Settings = Readonly<Record<string, string | number | boolean>>

export interface SecretSource {
  /**
   * The secret that the settings name: `<name>_env` is a variable that begins with `NOTIFIER_SECRET_`, `<name>_file` a file in
   * the folder of secrets, read at each use so that a rotated one holds at once. `undefined` where neither is set.
   */
  find(settings: Settings, name: string): string | undefined
  /** As `find`; throws `SettingError` where neither is set. */
  need(settings: Settings, name: string): string
}

export function createSecretSource(options: {
  readonly variables: Readonly<Record<string, string>>
  readonly directory: string | undefined
}): SecretSource {
  const fromVariable = (variable: string): string => {
    const value = variable.startsWith(SECRET_PREFIX) ? options.variables[variable] : undefined
    if (value === undefined) {
      throw new SettingError(
        `the variable ${variable} is not set: secrets of channels begin with ${SECRET_PREFIX}`,
      )
    }
    return value
  }
  const fromFile = (file: string): string => {
    if (options.directory === undefined) {
      throw new SettingError('NOTIFIER_SECRETS_DIR is not set, and a channel names a file of it')
    }
    if (!FILE_NAME.test(file)) throw new SettingError(`${JSON.stringify(file)} is no plain file name`)
    const path = join(options.directory, file)
    try {
      if (statSync(path).size > MAX_SECRET_BYTES) throw new RangeError('too large')
      return readFileSync(path, 'utf8').trim()
    } catch (cause) {
      throw new SettingError(`the file ${file} of NOTIFIER_SECRETS_DIR cannot be read`, { cause })
    }
  }
  const find: SecretSource['find'] = (settings, name) => {
    const variable = settings[`${name}_env`]
    if (typeof variable === 'string') return fromVariable(variable)
    const file = settings[`${name}_file`]
    return typeof file === 'string' ? fromFile(file) : undefined
  }
  return {
    find,
    need(settings, name) {
      const secret = find(settings, name)
      if (secret === undefined || secret === '') {
        throw new SettingError(`the channel needs ${name}_env or ${name}_file`)
      }
      return secret
    },
  }
}

/** A setting that is no secret. Throws `SettingError` where it is missing. */
export function textSetting(settings: Settings, name: string): string {
  const value = settings[name]
  if (typeof value !== 'string' || value === '') throw new SettingError(`the channel needs ${name}`)
  return value
}
