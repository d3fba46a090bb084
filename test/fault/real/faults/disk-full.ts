import { setTimeout as sleep } from 'node:timers/promises'

import type { Fault } from './fault.ts'

const LEFT_BYTES = 64 * 1024

/** Not a byte more fits where ClickHouse keeps its parts; then it does again. */
export const diskFull: Fault = {
  name: 'disk-full',
  what: "the disk of ClickHouse's folder is full",
  recoversWithinMs: 60_000,
  isQuick: true,
  async strike({ world, form }) {
    const { disk } = world
    if ('refused' in disk)
      return { kind: 'not-run', why: `no disk of its own can be mounted here (${disk.refused})` }
    const since = performance.now()
    await disk.fill(LEFT_BYTES)
    await sleep(form.outageMs / 2)
    await disk.free()
    return { kind: 'struck', note: `${((performance.now() - since) / 1_000).toFixed(0)} s` }
  },
}
