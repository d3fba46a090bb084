import { decodeNotification, encodeNotification, notificationKey } from '@meterline/contract'
import type { NotificationRecord } from '@meterline/contract'
import type { PartitionLease } from '@meterline/kafka'
import type { OutputMessage } from '@meterline/topology'

import { createNotificationLedger } from './notification-ledger.ts'
import type { NotificationChange, NotificationLedger } from './notification-ledger.ts'

export interface OpenedLedger {
  readonly ledger: NotificationLedger
  /** The next offset of the log to read. */
  readonly nextOffset: () => number
  /** The partition was read up to here: what the next write commits beside its records. */
  readonly readTo: (nextOffset: number) => void
}

/** Reads the whole of `notification.state`, and writes to it from then on, as long as the lease is held. */
export async function openNotificationLedger(lease: PartitionLease): Promise<OpenedLedger> {
  const restored = new Map<string, NotificationRecord>()
  let nextOffset = lease.committed.offset ?? 0
  for await (const records of lease.readRange({ from: 0, to: Number.MAX_SAFE_INTEGER - 1 })) {
    for (const { key, value, offset } of records) {
      if (value === null) restored.delete(String(key))
      else restored.set(String(key), decodeNotification(value))
      nextOffset = Math.max(nextOffset, offset + 1)
    }
  }
  const { topic, partition } = lease
  const ledger = createNotificationLedger([...restored.values()], (changes) =>
    lease.transact([{ topic, partition, messages: changes.map(messageOf) }], { offset: nextOffset }),
  )
  return {
    ledger,
    nextOffset: () => nextOffset,
    readTo: (offset) => void (nextOffset = Math.max(nextOffset, offset)),
  }
}

function messageOf(change: NotificationChange): OutputMessage {
  return 'put' in change
    ? { key: notificationKey(change.put), value: encodeNotification(change.put) }
    : { key: notificationKey(change.forget), value: null }
}
