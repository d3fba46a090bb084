import { createRegistryClient, schemaText, TOPICS } from '@meterline/contract'
import { setTimeout as sleep } from 'node:timers/promises'

import { plannedEvent } from '../traffic/plan.ts'
import { oneOf } from './fault.ts'
import type { Fault } from './fault.ts'

const EVENTS = 80
const FIRST_INDEX = 10_000_000
/** The new field at the end: a union, of which null is the first. */
const NULL_OF_UNION = Buffer.from([0])

/** A producer begins with a newer schema in the very moment in which the registry hangs: its events wait, and are not refused. */
export const frozenRegistry: Fault = {
  name: 'frozen-registry',
  what: 'the registry hangs while a producer begins with a new schema',
  recoversWithinMs: 60_000,
  isQuick: false,
  async strike({ world, traffic, form }) {
    const { name, schema } = TOPICS.usageEvents
    const released = JSON.parse(schemaText(schema)) as { fields: object[] }
    const newer = {
      ...released,
      fields: [...released.fields, { name: 'fault_note', type: ['null', 'string'], default: null }],
    }
    const schemaId = await createRegistryClient({ url: world.registryUrl }).register(
      `${name}-value`,
      JSON.stringify(newer),
    )
    const goOn = oneOf(world.ofKind('registry'), () => 0).freeze()
    try {
      const events = Array.from(
        { length: EVENTS },
        (_, index) => plannedEvent(form.seed, FIRST_INDEX + index, Date.now()).event,
      )
      await traffic.sendOverKafka(events, { schemaId, suffix: NULL_OF_UNION })
      await sleep(form.outageMs / 2)
    } finally {
      goOn()
    }
    return { kind: 'struck', note: `${EVENTS} events of schema ${schemaId}, ${form.outageMs / 2_000} s` }
  },
}
