import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'

import { createKafkaClient } from '../connection/client.ts'
import { ensureTopics } from '../admin/ensure-topics.ts'
import { followLog } from './follow-log.ts'

test('stopped before it knows where the log begins, it stops all the same', async () => {
  const kafka = createKafkaClient({ brokers: inject('stack').kafkaBrokers, clientId: 'follow-log' })
  const topic = `follow-log-${randomUUID()}`
  await ensureTopics(kafka, [{ name: topic, partitions: 1, replicationFactor: 1, config: {} }])
  const records: unknown[] = []
  const follower = followLog(kafka, { topic, partition: 0, onRecord: (record) => records.push(record) })
  await follower.stop()
  await expect(follower.caughtUp).rejects.toThrow('was stopped')
  await follower.done
  expect(records).toEqual([])
  await kafka.close()
})
