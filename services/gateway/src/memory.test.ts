import { createKafkaClient, createLogWriter } from '@meterline/kafka'
import type { KafkaClient, LogWriter } from '@meterline/kafka'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, test } from 'vitest'

import { memoryGateway, NOW_MS } from './testing/memory-gateway.ts'
import { send, sendOverSockets } from './testing/send.ts'
import type { SentAnswer } from './testing/send.ts'

const MIB = 1024 * 1024
const IN_FLIGHT_BYTES = 16 * MIB
/** Once and a half of what is taken in flight. */
const SENDERS = 120
const EVENTS = 400
/** Code that is compiled meanwhile, the sockets, and the senders themselves. */
const PROGRAM_BYTES = 12 * MIB
const LOOK_MS = 20
const DEADLINE_MS = 20_000
const NOBODY = '127.0.0.1:1'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

sendOverSockets()
let kafka: KafkaClient | undefined
let writer: LogWriter | undefined
afterEach(async () => {
  await writer?.close()
  await kafka?.close()
})

test(
  'a burst while Kafka is away: what is taken is held as bytes in flight, the rest is refused, and all are told when to come back',
  { timeout: 60_000 },
  async () => {
    kafka = createKafkaClient({ brokers: [NOBODY], clientId: 'gateway-test' })
    writer = createLogWriter(kafka)
    const { server, secrets } = memoryGateway({ log: writer, maxInFlightBytes: IN_FLIGHT_BYTES })
    const payload = body()
    const headers = { authorization: `Bearer ${secrets.registry}`, 'content-type': 'application/json' }
    const answers: SentAnswer[] = []
    const post = async (): Promise<void> => {
      answers.push(await send(server, { method: 'POST', url: '/v1/events', headers, payload }))
    }

    const first = post()
    await until(() => queued() > 0)
    const queuedOfOne = queued()
    const before = await heldBytes()
    const others = Array.from({ length: SENDERS }, post)
    await until(() => queued() === (1 + SENDERS - answers.length) * queuedOfOne)
    const refused = answers.length
    expect(refused).toBe(1 + SENDERS - Math.floor(IN_FLIGHT_BYTES / payload.length))
    expect((await heldBytes()) - before).toBeLessThan(IN_FLIGHT_BYTES + PROGRAM_BYTES)

    await Promise.all([first, ...others])
    const statuses = answers.map(({ statusCode }) => statusCode)
    expect(statuses.slice(0, refused).every((status) => status === 429)).toBe(true)
    expect(statuses.slice(refused).every((status) => status === 503)).toBe(true)
    expect(answers.every((answer) => Number(answer.headers['retry-after']) >= 1)).toBe(true)
    expect(queued()).toBe(0)
    expect((await heldBytes()) - before).toBeLessThan(PROGRAM_BYTES)
  },
)

const queued = (): number => writer?.queuedBytes() ?? 0

function body(): Buffer {
  const events = Array.from({ length: EVENTS }, (_, index) => ({
    request_id: `req_${String(index).padStart(24, '0')}`,
    timestamp: NOW_MS,
    provider: 'openai',
    model_name: 'gpt-5-mini',
    operation_type: 'completion',
    units: { tokens_input: 1_523 + index, tokens_input_cached: 1_024, tokens_output: 311 },
    usage_labels: { feature: 'checkout', region: 'eu-central-1' },
    response_latency_ms: 812,
    user_id: `u_${index}`,
    customer_id: 'enterprise-alpha',
    endpoint: 'checkout.summary',
    prompt_version: 'summarizer_v4',
    product: 'api',
  }))
  return Buffer.from(JSON.stringify(events))
}

/** A collection gives the bytes of buffers back on a thread of its own: so collected until no less is left. */
async function heldBytes(): Promise<number> {
  for (let before = Infinity; ;) {
    collect()
    await nextTurn()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    const now = heapUsed + arrayBuffers
    if (now > before - MIB / 4) return now
    before = now
  }
}

async function until(holds: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS
  while (!holds()) {
    if (Date.now() > deadlineMs) throw new Error('it did not come to that in time')
    await sleep(LOOK_MS)
  }
}
