import { frame, partitionForKey, usageEventCodec } from '@meterline/contract'
import type { UsageEvent } from '@meterline/domain'

import { jsonBody, malformedFor } from '../../../support/replay/malformed.ts'
import type { Malformed } from '../../../support/replay/malformed.ts'
import type { ReplayKey } from '../../../support/replay/organization.ts'
import { random } from '../../../support/replay/random.ts'
import type { World } from '../world/world.ts'
import { postUntilAnswered } from './http-sender.ts'
import { connectKafkaSender } from './kafka-sender.ts'
import type { KafkaMessage, KafkaSender } from './kafka-sender.ts'
import type { Ledger } from './ledger.ts'
import { TrafficLedger } from './ledger.ts'
import { plannedEvent } from './plan.ts'
import type { PlannedEvent } from './plan.ts'

/** As `usage.events` was made: a producer's choice of partition must not change while requests may be repeated. */
export const USAGE_PARTITIONS = 8
const TICK_MS = 200
const DUPLICATE_SHARE = 0.05
const MALFORMED_SHARE = 0.01
/** A duplicate repeats one of this many events before it. */
const DUPLICATE_REACH = 5_000
/** Ticks whose events wait for an acknowledgement; beyond, no further ones are made until some are done. */
const MAX_OPEN_TICKS = 900
/** From the last fault's end to the last acknowledgement. */
const DRAIN_DEADLINE_MS = 180_000
const NOTHING = Buffer.alloc(0)

interface Encoding {
  readonly schemaId: number
  /** Behind the fields that we know. */
  readonly suffix: Buffer
}

export interface SteadyTraffic {
  readonly ledger: Ledger
  readonly kafka: KafkaSender
  readonly sentEvents: number
  /** Ticks without an acknowledgement yet. */
  readonly openTicks: number
  /** Sends these over Kafka, in another schema where one is given, and takes their requests into the account. */
  sendOverKafka(events: readonly UsageEvent[], as?: Encoding): Promise<void>
  /** Sends these where they say. */
  sendOverKafkaTo(
    records: readonly { readonly event: UsageEvent; readonly partition: number; readonly value: Buffer }[],
  ): Promise<void>
  /** Records that must come to `usage.rejected` with this reason. */
  sendMalformed(records: readonly (KafkaMessage & { readonly reason: string })[]): Promise<void>
  /** The same for a record that somebody else has sent. */
  expectRejected(key: string, reason: string): void
  /** Makes no more events; resolves when all are acknowledged. */
  finish(): Promise<void>
  close(): Promise<void>
}

/** Events at a steady rate, half over HTTP and half over Kafka, with duplicates, late and malformed ones, until `finish`. */
export async function startTraffic(
  world: World,
  options: { readonly seed: number; readonly eventsPerSecond: number },
): Promise<SteadyTraffic> {
  const { seed, eventsPerSecond } = options
  const ledger = new TrafficLedger()
  const stopping = new AbortController()
  const { signal } = stopping
  const kafka = await connectKafkaSender(world.brokers, signal)
  const next = random(seed)
  const recent: PlannedEvent[] = []
  const open = new Set<Promise<void>>()
  const failures: unknown[] = []
  const http = { gatewayUrl: world.gatewayUrl, ledger, signal }
  let index = 0
  let malformed = 0

  const sendHttp = async (key: ReplayKey, events: readonly UsageEvent[]): Promise<void> => {
    const answer = await postUntilAnswered(http, world.secretOf(key.id), events.map(jsonBody))
    if (answer.accepted !== events.length) {
      throw new Error(
        `the gateway took ${answer.accepted} of ${events.length}: ${JSON.stringify(answer.rejected[0])}`,
      )
    }
    ledger.acknowledge(events)
  }
  const sendOverKafkaTo: SteadyTraffic['sendOverKafkaTo'] = async (records) => {
    for (const { event } of records) ledger.planned(event)
    await kafka.send(
      'usage.events',
      records.map(({ event, partition, value }) => ({ key: event.request_id, partition, value })),
    )
    ledger.acknowledge(records.map(({ event }) => event))
  }
  const sendOverKafka = async (
    events: readonly UsageEvent[],
    { schemaId, suffix }: Encoding = { schemaId: world.schemaId('usage.events-value'), suffix: NOTHING },
  ): Promise<void> => {
    await sendOverKafkaTo(
      events.map((event) => ({
        event,
        partition: partitionForKey(event.request_id, USAGE_PARTITIONS),
        value: Buffer.concat([frame(schemaId, usageEventCodec.encode(event)), suffix]),
      })),
    )
  }
  const sendBad = async (bad: Malformed, requestId: string): Promise<void> => {
    if (bad.channel === 'http') {
      const { rejected } = await postUntilAnswered(http, world.secretOf(bad.key.id), [bad.body])
      if (rejected[0]?.code !== bad.reason)
        throw new Error(`${bad.reason} was wanted, not ${rejected[0]?.code}`)
    } else {
      const partition = partitionForKey(requestId, USAGE_PARTITIONS)
      const value = bad.value(world.schemaId('usage.events-value'))
      await kafka.send('usage.events', [{ key: requestId, partition, value }])
    }
    ledger.malformedTaken(bad, requestId)
  }

  function expectRejected(key: string, reason: string): void {
    ledger.malformed.set(key, reason)
    ledger.acknowledgements += 1
  }

  function tick(): Promise<unknown> {
    const overHttp: PlannedEvent[] = []
    const overKafka: UsageEvent[] = []
    const sending: Promise<void>[] = []
    for (let made = 0; made < (eventsPerSecond * TICK_MS) / 1_000; made += 1) {
      const planned = plannedEvent(seed, index, Date.now())
      ledger.planned(planned.event)
      recent[index % DUPLICATE_REACH] = planned
      index += 1
      const repeated = next() < DUPLICATE_SHARE ? recent[Math.floor(next() * recent.length)] : undefined
      for (const each of repeated === undefined ? [planned] : [planned, repeated]) {
        if (next() < 0.5) overHttp.push(each)
        else overKafka.push(each.event)
      }
      if (next() < MALFORMED_SHARE) {
        const requestId = `malformed-${malformed}`
        sending.push(sendBad(malformedFor(planned.event, planned.key, malformed), requestId))
        malformed += 1
      }
    }
    const byKey = Map.groupBy(overHttp, ({ key }) => key)
    for (const [key, events] of byKey)
      sending.push(
        sendHttp(
          key,
          events.map(({ event }) => event),
        ),
      )
    if (overKafka.length > 0) sending.push(sendOverKafka(overKafka))
    return Promise.all(sending)
  }

  const timer = setInterval(() => {
    if (open.size >= MAX_OPEN_TICKS) return
    const sent = tick()
      .then(() => undefined)
      .catch((error: unknown) => void failures.push(error))
    open.add(sent)
    void sent.finally(() => open.delete(sent))
  }, TICK_MS)

  return {
    ledger,
    kafka,
    get sentEvents() {
      return index
    },
    get openTicks() {
      return open.size
    },
    sendOverKafka,
    sendOverKafkaTo,
    async sendMalformed(records) {
      await kafka.send('usage.events', records)
      for (const { key, reason } of records) expectRejected(key, reason)
    },
    expectRejected,
    async finish() {
      clearInterval(timer)
      const deadline = setTimeout(
        () => stopping.abort(new Error('not all events were acknowledged in time')),
        DRAIN_DEADLINE_MS,
      )
      await Promise.all(open)
      clearTimeout(deadline)
      if (failures.length > 0)
        throw new AggregateError(failures, `${failures.length} sends failed: ${String(failures[0])}`)
    },
    async close() {
      clearInterval(timer)
      stopping.abort(new Error('the run is over'))
      await Promise.all(open)
      await kafka.close()
    },
  }
}
