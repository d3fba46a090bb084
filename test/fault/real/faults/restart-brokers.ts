import { setTimeout as sleep } from 'node:timers/promises'

import type { World } from '../world/world.ts'
import type { Fault } from './fault.ts'

const IN_SYNC_WITHIN_MS = 120_000
const POLL_MS = 250

/** One broker after the other ends in order and starts again, each when the former has all of its replicas in sync. */
export const restartBrokers: Fault = {
  name: 'restart-brokers',
  what: 'rolling restart of the three brokers',
  recoversWithinMs: 90_000,
  isQuick: false,
  async strike({ world }) {
    for (const node of world.cluster.nodes) {
      const pid = node.pid()
      if (pid === undefined) throw new Error(`${node.name} is not running`)
      process.kill(pid, 'SIGTERM')
      while (node.pid() === pid) await sleep(POLL_MS)
      await node.ready()
      await allInSync(world)
    }
    return { kind: 'struck' }
  },
}

export async function allInSync(world: World): Promise<void> {
  const untilMs = performance.now() + IN_SYNC_WITHIN_MS
  for (;;) {
    const lacking = await replicasOutOfSync(world).catch(() => undefined)
    if (lacking === 0) return
    if (performance.now() > untilMs)
      throw new Error(`replicas are out of sync: ${lacking ?? 'the cluster does not tell'}`)
    await sleep(POLL_MS)
  }
}

async function replicasOutOfSync({ kafka }: World): Promise<number> {
  const admin = await kafka.openAdmin()
  try {
    const { topics } = await admin.fetchTopicMetadata()
    return topics
      .flatMap(({ partitions }) => partitions)
      .reduce((sum, { isr, replicas }) => sum + replicas.length - isr.length, 0)
  } finally {
    await admin.disconnect()
  }
}
