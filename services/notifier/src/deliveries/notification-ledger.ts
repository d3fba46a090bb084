import type { DeliveryState, DisabledChannelRecord, NotificationRecord } from '@meterline/contract'

/** What is to be written: a record, or the end of one. */
export type NotificationChange =
  | { readonly put: NotificationRecord }
  | { readonly forget: Pick<NotificationRecord, 'kind' | 'id'> }

/**
 * Every delivery and how far it has come, as `notification.state` tells it. A change counts only when it has been written under
 * the lease: memory follows the log, never the other way round.
 */
export interface NotificationLedger {
  readonly deliveries: ReadonlyMap<string, DeliveryState>
  /** Those of `deliveries` that are not done, in order. */
  readonly pending: ReadonlyMap<string, DeliveryState>
  /** Those that were given up. */
  readonly dead: ReadonlyMap<string, DeliveryState>
  /** Channels to which nothing is sent, by id. */
  readonly disabled: ReadonlyMap<string, DisabledChannelRecord>
  /** Larger than that of any delivery so far; each call gives another. */
  nextSequence(): number
  /** Resolves when all of the changes are in the log, together. Rejects when the lease is gone: nothing may be sent any more. */
  write(changes: readonly NotificationChange[]): Promise<void>
}

export function createNotificationLedger(
  restored: readonly NotificationRecord[],
  append: (changes: readonly NotificationChange[]) => Promise<void>,
): NotificationLedger {
  const deliveries = new Map<string, DeliveryState>()
  const pending = new Map<string, DeliveryState>()
  const dead = new Map<string, DeliveryState>()
  const disabled = new Map<string, DisabledChannelRecord>()
  let sequence = 0

  const put = (record: NotificationRecord): void => {
    if (record.kind === 'channel') {
      disabled.set(record.id, record)
      return
    }
    sequence = Math.max(sequence, record.sequence)
    deliveries.set(record.id, record)
    if (record.state === 'pending') pending.set(record.id, record)
    else pending.delete(record.id)
    if (record.state === 'dead') dead.set(record.id, record)
    else dead.delete(record.id)
  }
  const forget = ({ kind, id }: Pick<NotificationRecord, 'kind' | 'id'>): void => {
    if (kind === 'channel') disabled.delete(id)
    else {
      deliveries.delete(id)
      pending.delete(id)
      dead.delete(id)
    }
  }
  // A compacted log has its records in the order of their last change.
  for (const record of [...restored].sort((a, b) => orderOf(a) - orderOf(b))) put(record)

  return {
    deliveries,
    pending,
    dead,
    disabled,
    nextSequence: () => (sequence += 1),
    write: inTurn(async (changes) => {
      await append(changes)
      for (const change of changes) {
        if ('put' in change) put(change.put)
        else forget(change.forget)
      }
    }),
  }
}

const orderOf = (record: NotificationRecord): number => (record.kind === 'delivery' ? record.sequence : 0)

const MAX_CHANGES_A_WRITE = 500

interface Waiting {
  readonly changes: readonly NotificationChange[]
  readonly settled: PromiseWithResolvers<void>
}

/** One write at a time; what comes meanwhile goes out together with the next one. */
function inTurn(
  writeAll: (changes: readonly NotificationChange[]) => Promise<void>,
): (changes: readonly NotificationChange[]) => Promise<void> {
  const waiting: Waiting[] = []
  let writing = false

  const drain = async (): Promise<void> => {
    if (writing) return
    writing = true
    for (let batch = nextBatch(waiting); batch.length > 0; batch = nextBatch(waiting)) {
      try {
        await writeAll(batch.flatMap(({ changes }) => changes))
        for (const { settled } of batch) settled.resolve()
      } catch (error) {
        for (const { settled } of batch) settled.reject(error)
      }
    }
    writing = false
  }
  return (changes) => {
    const settled = Promise.withResolvers<void>()
    waiting.push({ changes, settled })
    void drain()
    return settled.promise
  }
}

/** Takes the first one always, then as many as fit. */
function nextBatch(waiting: Waiting[]): Waiting[] {
  let count = 0
  const end = waiting.findIndex(({ changes }, i) => {
    count += changes.length
    return i > 0 && count > MAX_CHANGES_A_WRITE
  })
  return waiting.splice(0, end === -1 ? waiting.length : end)
}
