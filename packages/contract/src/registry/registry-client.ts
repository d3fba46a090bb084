import { schemaIdentity } from '../avro/schema-identity.ts'
import { RegistryError, registryErrorOf } from './errors.ts'

const DEFAULT_TIMEOUT_MS = 5_000
const MAX_CACHED_SCHEMAS = 1_000
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json'

export interface RegisteredSchema {
  readonly id: number
  readonly schema: string
}

/** Client of any Schema-Registry-compatible server. Rejects with `RegistryError` only. */
export interface RegistryClient {
  /** The id of this schema under the subject, registered first if it is new there. Cached. */
  register(subject: string, schema: string): Promise<number>
  /** The id and version of this schema under the subject. `schema_not_found` when it is not registered there. */
  lookup(subject: string, schema: string): Promise<{ readonly id: number; readonly version: number }>
  /** Cached: an id means the same schema for ever. */
  schemaById(id: number): Promise<string>
  latest(subject: string): Promise<RegisteredSchema & { readonly version: number }>
  setCompatibility(subject: string, level: string): Promise<void>
}

export function createRegistryClient(options: {
  /** `http(s)://host:port[/path]`; credentials in it are sent as basic authentication. */
  readonly url: string
  readonly timeoutMs?: number
}): RegistryClient {
  const call = caller(options)
  const ids = new Map<string, number>()
  const schemas = new Map<number, string>()
  const versionsOf = (subject: string) => `/subjects/${encodeURIComponent(subject)}/versions`

  return {
    async register(subject, schema) {
      const cacheKey = `${subject}\n${schemaIdentity(schema)}`
      const known = ids.get(cacheKey)
      if (known !== undefined) return known
      const answer = await call('POST', versionsOf(subject), { schema })
      const id = numberIn(answer, 'id')
      remember(ids, cacheKey, id)
      return id
    },
    async lookup(subject, schema) {
      const answer = await call('POST', `/subjects/${encodeURIComponent(subject)}`, { schema })
      return { id: numberIn(answer, 'id'), version: numberIn(answer, 'version') }
    },
    async schemaById(id) {
      const known = schemas.get(id)
      if (known !== undefined) return known
      const schema = textIn(await call('GET', `/schemas/ids/${id}`), 'schema')
      remember(schemas, id, schema)
      return schema
    },
    async latest(subject) {
      const answer = await call('GET', `${versionsOf(subject)}/latest`)
      return {
        id: numberIn(answer, 'id'),
        version: numberIn(answer, 'version'),
        schema: textIn(answer, 'schema'),
      }
    },
    async setCompatibility(subject, compatibility) {
      await call('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility })
    },
  }
}

type Call = (method: string, path: string, body?: object) => Promise<Record<string, unknown>>

function caller({
  url,
  timeoutMs = DEFAULT_TIMEOUT_MS,
}: {
  readonly url: string
  readonly timeoutMs?: number
}): Call {
  const base = new URL(url)
  const headers: Record<string, string> = { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE }
  if (base.username !== '') {
    const credentials = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`
    headers['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`
    base.username = ''
    base.password = ''
  }
  const root = base.href.replace(/\/$/, '')
  return async (method, path, body) => {
    const what = `${method} ${path}`
    const response = await fetch(`${root}${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new RegistryError('registry_unreachable', `no schema registry at ${root}`, { cause })
    })
    const answer: unknown = await response.json().catch((cause: unknown) => {
      // An error page is no JSON, and its status says enough. An answer that broke off may come whole the next time.
      if (cause instanceof SyntaxError) return undefined
      throw new RegistryError('registry_unreachable', `${root} broke off its answer to ${what}`, { cause })
    })
    if (!response.ok) throw registryErrorOf(response.status, answer, what)
    if (typeof answer !== 'object' || answer === null) {
      throw new RegistryError(
        'registry_refused',
        `${root} answered ${what} with something that is no JSON object`,
      )
    }
    return answer as Record<string, unknown>
  }
}

function numberIn(answer: Record<string, unknown>, field: string): number {
  const value = answer[field]
  if (typeof value === 'number') return value
  throw new RegistryError('registry_refused', `the schema registry's answer has no ${field}`)
}

function textIn(answer: Record<string, unknown>, field: string): string {
  const value = answer[field]
  if (typeof value === 'string') return value
  throw new RegistryError('registry_refused', `the schema registry's answer has no ${field}`)
}

function remember<K, V>(cache: Map<K, V>, key: K, value: V): void {
  const oldest = cache.keys().next()
  if (cache.size >= MAX_CACHED_SCHEMAS && oldest.done !== true) cache.delete(oldest.value)
  cache.set(key, value)
}
