import { FRAME_BYTES, meteredUsageCodec } from '@meterline/contract'

import { eventMonth } from '../../../../services/sink/src/exactly-once/event-month.ts'
import type { EncodedRows, Row, Source } from '../../../../services/sink/src/exactly-once/source.ts'
import type { Store } from '../../../../services/sink/src/exactly-once/store.ts'
import type { Network } from '../faults/network.ts'
import type { SimProcess } from '../time/sim-process.ts'
import { noAnswer, type SimClickhouse, type StoredRow } from './sim-clickhouse.ts'

/** Endpoint of the events that the server refuses for their content. */
export const POISON_ENDPOINT = 'poison'

const MAX_WAIT_MS = 1_000

/** The real source; what it encoded is kept beside the bytes, so that the table need not parse Avro. */
export function rememberRows(source: Source): { readonly source: Source; readonly rowsOf: RowsOf } {
  const encoded = new WeakMap<EncodedRows, readonly StoredRow[]>()
  return {
    rowsOf: (body) => encoded.get(body) ?? [],
    source: {
      ...source,
      encode: (rows, partition) => {
        const body = source.encode(rows, partition)
        // Whoever sends reads it to its end.
        for (const _piece of body.pieces());
        encoded.set(
          body,
          rows.map((row) => storedRow(row, partition)),
        )
        return body
      },
    },
  }
}

type RowsOf = (body: EncodedRows) => readonly StoredRow[]

function storedRow({ record, eventMs, datum, start }: Row, partition: number): StoredRow {
  const usage = meteredUsageCodec.decode(datum.subarray(start === 0 ? 0 : FRAME_BYTES))
  return {
    partition,
    offset: record.offset,
    eventMs,
    month: eventMonth(eventMs),
    requestId: usage.request_id,
    isPoison: usage.endpoint === POISON_ENDPOINT,
  }
}

/** The server as one process reaches it. */
export function simStore(options: {
  readonly clickhouse: SimClickhouse
  readonly network: Network
  readonly process: SimProcess
  readonly rowsOf: RowsOf
}): Store {
  const { clickhouse, network, process, rowsOf } = options
  const ask = <T>(what: string, serve: () => Promise<T> | T, signal?: AbortSignal): Promise<T> =>
    network.call({ process, where: () => what, serve, noAnswer, signal })
  const nowMs = (): Promise<number> => ask('clickhouse clock', () => clickhouse.nowMs())
  return {
    nowMs,
    waitForDeadline: async (deadlineMs, signal) => {
      for (;;) {
        signal.throwIfAborted()
        const leftMs = deadlineMs - (await nowMs())
        if (leftMs < 0) return
        await new Promise((resolve) => {
          setTimeout(resolve, Math.min(leftMs + 1, MAX_WAIT_MS))
        })
      }
    },
    insert: ({ body, deadlineMs, queryId, signal }) => {
      const rows = rowsOf(body)
      return ask(
        `insert of ${rows.length} rows`,
        () => clickhouse.insert({ rows, deadlineMs, queryId }),
        signal,
      )
    },
    kill: (prefix) => ask('kill', () => clickhouse.kill(prefix)),
    arrived: (stretch) => ask('look-up', () => clickhouse.arrived(stretch)),
  }
}
