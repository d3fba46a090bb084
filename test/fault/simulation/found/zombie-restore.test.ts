import { TOPICS } from '@meterline/contract'
import { topologyHandler } from '@meterline/kafka'
import { expect, test } from 'vitest'

import {
  framedEvent,
  meterOptions,
  preparedSchemas,
  usageEvent,
} from '../../../../services/processor/src/meter/meter.test-data.ts'
import { meterTopology } from '../../../../services/processor/src/meter/topology.ts'
import { playScenario, take } from './lab.ts'

const GROUP = 'meter'
const INPUT = TOPICS.usageEvents.name

test('a zombie that restores what its successor has written is fenced, and does not halt', async () => {
  const definition = meterTopology(meterOptions(await preparedSchemas(), { spendPartitions: 2 }))
  await playScenario(async ({ kafka, clientOf, startProcess, time }) => {
    kafka.write(INPUT, 0, [{ key: 'r1', value: framedEvent(usageEvent()), timestampMs: time.nowMs }])
    const zombieClient = clientOf(startProcess('zombie'))
    const zombie = await take(zombieClient, INPUT, GROUP)
    const ownerClient = clientOf(startProcess('owner'))
    const owner = await take(ownerClient, INPUT, GROUP)
    const owning = topologyHandler(ownerClient, definition, 0)
    await owning.open(owner.lease)
    await owning.onBatch(kafka.log(INPUT, 0).records(), 1)
    await time.pause(100)
    const opening = topologyHandler(zombieClient, definition, 0).open(zombie.lease)
    await expect(opening).rejects.toMatchObject({ code: 'fenced', retryable: true })
    await owning.onBatch([], 1)
  })
})
