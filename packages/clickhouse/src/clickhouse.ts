import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import type { ClickHouseClient } from '@clickhouse/client'
import { Readable } from 'node:stream'

import { toClickhouseError } from './to-clickhouse-error.ts'

export interface ClickhouseOptions {
  /** `http(s)://host:port` */
  readonly url: string
  readonly database: string
  readonly username: string
  readonly password: string
  /** Longest wait for an answer where a call does not say otherwise. */
  readonly timeoutMs?: number
  readonly maxOpenConnections?: number
}

export type QueryParameters = Readonly<Record<string, string | number | bigint | boolean>>
export type Settings = Readonly<Record<string, string | number>>

export interface CallOptions {
  /** Values of `{name:Type}` in the statement. */
  readonly parameters?: QueryParameters
  readonly settings?: Settings
  readonly queryId?: string
  readonly timeoutMs?: number
  /** Gives the call up; the statement itself may go on. */
  readonly signal?: AbortSignal
}

/** What is sent, one piece after the other; made as it goes, it is never whole in memory. */
export type Body = Iterable<Buffer>

/** The database as the rest of the project sees it. Every method rejects with `ClickhouseError` only. */
export interface Clickhouse {
  readonly database: string
  /** Rows as objects; 64-bit integers come as numbers. */
  rows<T>(sql: string, options?: CallOptions): Promise<T[]>
  /** A statement without rows. */
  command(sql: string, options?: CallOptions): Promise<void>
  /** A statement with a body, such as `INSERT … FORMAT Avro`. Resolves when the server has answered for all of it; nothing of it is kept. */
  send(sql: string, body: Body, options?: CallOptions): Promise<void>
  close(): Promise<void>
}

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_MAX_OPEN_CONNECTIONS = 32

export function createClickhouse(options: ClickhouseOptions): Clickhouse {
  const { url, database, username, password, timeoutMs: defaultTimeoutMs = DEFAULT_TIMEOUT_MS } = options
  const client = createClient({
    url,
    database,
    username,
    password,
    application: 'meterline',
    // Ours is the shorter one, and says what it was.
    request_timeout: 600_000,
    max_open_connections: options.maxOpenConnections ?? DEFAULT_MAX_OPEN_CONNECTIONS,
    // What fails is told to the caller, who logs it once.
    log: { level: ClickHouseLogLevel.OFF },
  })

  async function call<T>(given: CallOptions, act: (common: Common) => Promise<T>): Promise<T> {
    const timeout = AbortSignal.timeout(given.timeoutMs ?? defaultTimeoutMs)
    const signals = given.signal === undefined ? [timeout] : [timeout, given.signal]
    try {
      return await act({
        abort_signal: AbortSignal.any(signals),
        ...(given.parameters === undefined ? {} : { query_params: { ...given.parameters } }),
        ...(given.queryId === undefined ? {} : { query_id: given.queryId }),
        clickhouse_settings: { ...given.settings },
      })
    } catch (error) {
      throw toClickhouseError(error, timeout.aborted)
    }
  }

  return {
    database,
    rows: <T>(sql: string, given: CallOptions = {}) =>
      call(given, (common) => rowsOf<T>(client, sql, common)),
    command: (sql, given = {}) =>
      call(given, async (common) => {
        await client.command({ query: sql, ...common })
      }),
    send: (sql, body, given = {}) => call(given, (common) => sendBody(client, { query: sql, body, common })),
    close: () => client.close(),
  }
}

interface Common {
  readonly abort_signal: AbortSignal
  readonly query_params?: Record<string, unknown>
  readonly query_id?: string
  readonly clickhouse_settings: Record<string, string | number>
}

async function rowsOf<T>(client: ClickHouseClient, query: string, common: Common): Promise<T[]> {
  const result = await client.query({
    query,
    format: 'JSONEachRow',
    ...common,
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0, ...common.clickhouse_settings },
  })
  return result.json<T>()
}

async function sendBody(
  client: ClickHouseClient,
  { query, body, common }: { readonly query: string; readonly body: Body; readonly common: Common },
): Promise<void> {
  const { stream } = await client.exec({ query, values: Readable.from(handOver({ body })), ...common })
  // An insert has no rows to answer with; what comes after a success would be an error that came late.
  let answer = ''
  for await (const chunk of stream) answer += String(chunk)
  if (answer.trim() !== '') throw new Error(`unexpected answer: ${answer.slice(0, 500)}`)
}

/**
 * An idle connection of the client remembers the stream of its last request, and with it what the stream was made from. This one
 * is made from nothing by then; a generator that has ended still holds its arguments, hence the box.
 */
function* handOver(box: { body: Body | undefined }): Generator<Buffer> {
  const { body = [] } = box
  box.body = undefined
  yield* body
}
