import { TOPICS } from '@meterline/contract'
import { expect, test } from 'vitest'

import { createTransactionWriter } from '../../../../packages/kafka/src/write/transaction-writer.ts'
import { connectionClosed, refused } from '../kafka/errors.ts'
import { playScenario } from './lab.ts'

const GROUP = 'meter'
const INPUT = TOPICS.usageEvents.name

test('a position whose answer is lost is not sent again: late, its first copy would move a later one back', async () => {
  await playScenario(async ({ kafka, clientOf, startProcess, time }) => {
    let late: (() => Promise<unknown>) | undefined
    const client = clientOf(startProcess('meter'), (broker) => ({
      ...broker,
      txnOffsetCommit: (request) => {
        if (late !== undefined) return broker.txnOffsetCommit(request)
        late = () => broker.txnOffsetCommit(request)
        return Promise.reject(connectionClosed())
      },
    }))
    const writer = createTransactionWriter(client.openLink(), { transactionalId: 'meter-0', topics: [] })
    const position = (offset: number) => ({
      groupId: GROUP,
      topic: INPUT,
      partition: 0,
      offset,
      metadata: '',
    })
    await writer.fence()
    await expect(writer.commit([], position(1))).rejects.toMatchObject({ code: 'transaction-failed' })
    const next = createTransactionWriter(client.openLink(), { transactionalId: 'meter-0', topics: [] })
    await next.fence()
    const committing = next.commit([], position(2))
    await expect(late?.()).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' })
    await committing
    await time.pause(100)
    expect(kafka.committed({ groupId: GROUP, topic: INPUT, partition: 0 })?.offset).toBe(2)
  })
})

test('a position that the broker refused for the moment is sent again', async () => {
  await playScenario(async ({ kafka, clientOf, startProcess, time }) => {
    let refusals = 2
    const client = clientOf(startProcess('meter'), (broker) => ({
      ...broker,
      txnOffsetCommit: (request) =>
        (refusals -= 1) >= 0
          ? Promise.reject(refused.concurrentTransactions())
          : broker.txnOffsetCommit(request),
    }))
    const writer = createTransactionWriter(client.openLink(), { transactionalId: 'meter-0', topics: [] })
    await writer.fence()
    await writer.commit([], { groupId: GROUP, topic: INPUT, partition: 0, offset: 1, metadata: '' })
    await time.pause(100)
    expect(kafka.committed({ groupId: GROUP, topic: INPUT, partition: 0 })?.offset).toBe(1)
  })
})
