import { frame, partitionForKey, usageEventCodec } from '@meterline/contract'
import type { Admin } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'

import { progressAgain } from '../progress.ts'
import { plannedEvent } from '../traffic/plan.ts'
import { USAGE_PARTITIONS } from '../traffic/steady-traffic.ts'
import type { World } from '../world/world.ts'
import type { Fault, Scene } from './fault.ts'

const ADDED = 2
const FIRST_INDEX = 20_000_000
const EVENTS = 40
const RED_WITHIN_MS = 60_000
const GREEN_WITHIN_MS = 60_000
const POLL_MS = 250
const OWN_TOPICS = ['usage.metered', 'usage.rejected', 'meter.changelog']

/**
 * Partitions are added to `usage.events` alone, and a producer that knows of them writes there. The added ones stand still, red,
 * with the reason; the others go on, a gateway that starts anew keeps to them. Then the topics that meter writes get as many, the
 * processors start again, and what waited is counted.
 */
export const addedPartitions: Fault = {
  name: 'added-partitions',
  what: 'partitions added to `usage.events`, later to the topics of meter',
  recoversWithinMs: 60_000,
  isQuick: false,
  async strike(scene) {
    const { world } = scene
    const admin = await world.kafka.openAdmin()
    try {
      const found = (await world.kafka.reads.partitionsOf('usage.events')).length
      await raise(admin, ['usage.events'], found + ADDED)
      await restartAll(world, ['processor', 'gateway'])
      await sendToAdded(scene, found)
      const red = await untilHealth(world, { red: true, withinMs: RED_WITHIN_MS })
      const othersMs = await progressAgain(world, RED_WITHIN_MS)
      const topics = await admin.listTopics()
      await raise(
        admin,
        OWN_TOPICS.filter((name) => topics.includes(name)),
        found + ADDED,
      )
      await restartAll(world, ['processor'])
      await untilHealth(world, { red: false, withinMs: GREEN_WITHIN_MS })
      return {
        kind: 'struck',
        note: `${found} to ${found + ADDED}; red: ${red}; the others went on within ${(othersMs / 1_000).toFixed(1)} s`,
      }
    } finally {
      await admin.disconnect()
    }
  },
}

async function raise(admin: Admin, topics: readonly string[], count: number): Promise<void> {
  await admin.createPartitions({ topicPartitions: topics.map((topic) => ({ topic, count })) })
}

async function restartAll(world: World, kinds: readonly ('processor' | 'gateway')[]): Promise<void> {
  for (const kind of kinds) for (const service of world.ofKind(kind)) await service.restart()
}

/** A producer whose client has seen the new count. Its requests are new ones: repeated, they would go where they went before. */
async function sendToAdded({ world, traffic, form }: Scene, found: number): Promise<void> {
  const schemaId = world.schemaId('usage.events-value')
  const events = Array.from({ length: EVENTS }, (_, index) => {
    return plannedEvent(form.seed, FIRST_INDEX + index, Date.now()).event
  })
  await traffic.sendOverKafkaTo(
    events.map((event) => ({
      event,
      partition: found + (partitionForKey(event.request_id, USAGE_PARTITIONS) % ADDED),
      value: frame(schemaId, usageEventCodec.encode(event)),
    })),
  )
}

/** Waits until the processors are red, or green; answers what is red. */
async function untilHealth(
  world: World,
  wanted: { readonly red: boolean; readonly withinMs: number },
): Promise<string> {
  const untilMs = performance.now() + wanted.withinMs
  for (;;) {
    const said = (await Promise.all(world.ofKind('processor').map((each) => each.unhealthy()))).filter(
      (each) => each !== undefined,
    )
    if (said.length > 0 === wanted.red) return said.map((each) => each.split(':')[0]).join(', ')
    if (performance.now() > untilMs) {
      throw new Error(wanted.red ? 'nobody says that partitions stand still' : said.join('; '))
    }
    await sleep(POLL_MS)
  }
}
