import { frame, partitionForKey, usageEventCodec } from '@meterline/contract'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Meterline } from '../meterline.ts'
import { jsonBody } from './malformed.ts'
import type { Malformed } from './malformed.ts'
import type { Delivery } from './plan.ts'
import type { TestProducer } from './producer.ts'

const BATCH_EVENTS = 200
/** A producer does not give up while a server is being restarted; it sends the same ids again. */
const SEND_DEADLINE_MS = 120_000
const RETRY_PAUSE_MS = 250

export interface Sender {
  readonly meterline: Meterline
  readonly producer: TestProducer
  readonly schemaId: number
  readonly usagePartitions: number
}

/** Sends in order, each batch until it is acknowledged: at least once, as any careful producer does. */
export async function sendDeliveries(sender: Sender, deliveries: readonly Delivery[]): Promise<void> {
  for (let from = 0; from < deliveries.length; from += BATCH_EVENTS) {
    const batch = deliveries.slice(from, from + BATCH_EVENTS)
    await Promise.all([sendOverHttp(sender, batch), sendOverKafka(sender, batch)])
  }
}

async function sendOverHttp(sender: Sender, batch: readonly Delivery[]): Promise<void> {
  const byKey = Map.groupBy(
    batch.filter(({ channel }) => channel === 'http'),
    ({ key }) => key.id,
  )
  await Promise.all(
    [...byKey].map(async ([keyId, deliveries]) => {
      const answer = await post(
        sender.meterline,
        keyId,
        deliveries.map(({ event }) => jsonBody(event)),
      )
      if (answer.accepted !== deliveries.length) {
        throw new Error(
          `the gateway accepted ${answer.accepted} of ${deliveries.length}: ${JSON.stringify(answer.rejected[0])}`,
        )
      }
    }),
  )
}

async function sendOverKafka(sender: Sender, batch: readonly Delivery[]): Promise<void> {
  const messages = batch
    .filter(({ channel }) => channel === 'kafka')
    .map(({ event }) => ({
      key: event.request_id,
      partition: partitionForKey(event.request_id, sender.usagePartitions),
      value: frame(sender.schemaId, usageEventCodec.encode(event)),
    }))
  if (messages.length > 0) await sender.producer.send('usage.events', messages, SEND_DEADLINE_MS)
}

/** Each malformed event goes out alone or among its like; the answer must name its reason. */
export async function sendMalformed(sender: Sender, malformed: readonly Malformed[]): Promise<void> {
  for (const bad of malformed) {
    if (bad.channel === 'kafka') {
      const partition = partitionForKey(bad.requestId, sender.usagePartitions)
      const message = { key: bad.requestId, partition, value: bad.value(sender.schemaId) }
      await sender.producer.send('usage.events', [message], SEND_DEADLINE_MS)
    } else {
      const answer = await post(sender.meterline, bad.key.id, [bad.body])
      const code = answer.rejected[0]?.code
      if (code !== bad.reason)
        throw new Error(`expected ${bad.reason}, the gateway said ${JSON.stringify(answer)}`)
    }
  }
}

interface Answer {
  readonly accepted: number
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[]
}

async function post(meterline: Meterline, keyId: string, body: readonly unknown[]): Promise<Answer> {
  const deadlineMs = Date.now() + SEND_DEADLINE_MS
  let last: unknown
  while (Date.now() < deadlineMs) {
    try {
      const response = await fetch(`${meterline.credentials.gateway_url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${meterline.secretOf(keyId)}` },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(30_000),
      })
      const answer = (await response.json()) as Answer
      if (response.status === 202 || response.status === 400) return answer
      last = `${response.status} ${JSON.stringify(answer)}`
      if (response.status !== 429 && response.status < 500) break
    } catch (error) {
      last = error
    }
    await sleep(RETRY_PAUSE_MS)
  }
  throw new Error('the gateway did not take the batch', { cause: last })
}
