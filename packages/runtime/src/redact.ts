const REDACTED = '[redacted]'
const MAX_DEPTH = 8
const MAX_ITEMS = 100

// `tokens_input` and `token_count` are figures; `admin_token` and `accessToken` are credentials.
const SECRET_NAME = /authorization|secret|passw(or)?d|token$|hash|cookie|credential|salt$/i
const SECRET_TEXT = /\b(mlk_[A-Za-z0-9]{1,24}_|mla_)[A-Za-z0-9_-]{8,}/g
const BEARER_TEXT = /\b(Bearer\s+|Basic\s+(?=[A-Za-z0-9+/]{12}))\S+/gi
const URL_PASSWORD = /(:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g
/** Some terminals take them for commands; JSON escapes only those below 32. */
// oxlint-disable-next-line no-control-regex
const UPPER_CONTROLS = /[\u007F-\u009F]/g

/** A copy without credentials: by the name of the field, and by the look of the text. Depth and length are bounded. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '[deeper]'
  if (value instanceof Error) return redactError(value, depth)
  if (Buffer.isBuffer(value)) return `[${value.length} bytes]`
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redact(item, depth + 1))
  return redactFields(value, depth)
}

function redactText(text: string): string {
  return text
    .replace(SECRET_TEXT, `$1${REDACTED}`)
    .replace(BEARER_TEXT, `$1${REDACTED}`)
    .replace(URL_PASSWORD, `$1${REDACTED}`)
    .replace(UPPER_CONTROLS, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)
}

function redactFields(value: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(value).slice(0, MAX_ITEMS)
  return Object.fromEntries(
    entries.map(([name, field]) => [name, SECRET_NAME.test(name) ? REDACTED : redact(field, depth + 1)]),
  )
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  return {
    type: error.name,
    message: redactText(error.message),
    stack: redactText(error.stack ?? ''),
    ...redactFields(error, depth),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  }
}
