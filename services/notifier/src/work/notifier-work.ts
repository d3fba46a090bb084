import type { PartitionHandler, PartitionLease } from '@meterline/kafka'

import type { AtWork } from './at-work.ts'

/** What the process does while it holds the partition of `notification.state`. */
export interface WorkSlot {
  /** `undefined` while another notifier is at work, or this one is taking over. */
  current(): AtWork | undefined
  handler(): PartitionHandler
}

/**
 * One notifier is at work at a time: the one that holds the partition. Groups of alerts span all partitions of spend.alert, so
 * the work is not divided; a second process takes over within the session time-out.
 */
export function createWorkSlot(begin: (lease: PartitionLease) => Promise<AtWork>): WorkSlot {
  let current: AtWork | undefined
  return {
    current: () => current,
    handler: () => {
      let mine: AtWork | undefined
      return {
        async open(lease) {
          mine = await begin(lease)
          current = mine
          return { offset: mine.nextOffset() }
        },
        // The records are our own: what they say is known already.
        async onBatch(_records, nextOffset) {
          mine?.readTo(nextOffset)
        },
        async close() {
          if (current === mine) current = undefined
          await mine?.stop()
        },
      }
    },
  }
}
