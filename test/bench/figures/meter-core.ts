import {
  DEFAULT_SPEND_PARTITIONS,
  DEFAULT_USAGE_PARTITIONS,
  frame,
  meteredUsageCodec,
  mintSecret,
  organizationDiff,
  organizationEntities,
  organizationEvents,
  parseOrganizationFile,
  usageEventCodec,
} from '@meterline/contract'
import { createOrganizationView, foldControlEvent } from '@meterline/domain'
import type { OrganizationView, UsageEvent } from '@meterline/domain'
import type { LogRecord } from '@meterline/topology'

import { createMeterCounts } from '../../../services/processor/src/meter/meter-counts.ts'
import { meterTopology } from '../../../services/processor/src/meter/topology.ts'
import { createTraffic } from '../load/traffic.ts'
import { cpuSecondsOf } from '../measure/own-cpu.ts'
import { median } from '../measure/statistics.ts'
import type { RateFigure } from '../report/figure.ts'
import { benchOrganization } from '../stack/organization.ts'

const EVENTS = 400_000
const WARM_UP_EVENTS = 100_000
const ROUNDS = 3
/** As many as one transaction of the service commits at most. */
const BATCH_RECORDS = 5_000
const DEDUP_WINDOW_MS = 86_400_000

/** Meter's topology in this process: from the bytes of events to the bytes of its outputs, without Kafka. */
export function measureMeterCore(): RateFigure {
  const view = viewOf(benchOrganization(0))
  const records = encodedEvents()
  const rounds = Array.from({ length: ROUNDS }, () => rateOf(records, view))
  return {
    kind: 'rate',
    name: 'meter, pure core',
    unit: 'events per second of CPU',
    ours: median(rounds),
    rounds,
    limits: [],
    cpuMicros: { 'this process': 1e6 / median(rounds) },
    notes: ['scan, drop-duplicates, attribute, rate, encode of metered usage and deltas; batches of 5,000'],
  }
}

/** Events per second of processor time. */
export function rateOf(records: readonly LogRecord[], view: OrganizationView): number {
  const task = meterTopology({
    view,
    schemas: { of: () => ({ kind: 'same', decode: (datum) => usageEventCodec.decode(datum) }) },
    schemaIds: { meteredUsage: 2, spendDelta: 3 },
    spendPartitions: DEFAULT_SPEND_PARTITIONS,
    eventPartitions: DEFAULT_USAGE_PARTITIONS,
    // The traffic corrects nothing.
    originals: { find: async () => new Map(), decode: async (value) => meteredUsageCodec.decode(value) },
    dedupWindowMs: DEDUP_WINDOW_MS,
    counts: createMeterCounts(),
  }).create(0)
  const run = (from: number, to: number): void => {
    for (let at = from; at < to; at += BATCH_RECORDS) task.process(records.slice(at, at + BATCH_RECORDS))
  }
  run(0, WARM_UP_EVENTS)
  return (records.length - WARM_UP_EVENTS) / cpuSecondsOf(() => run(WARM_UP_EVENTS, records.length))
}

/** Events of the traffic, each changed as told. */
export function encodedEvents(change: (event: UsageEvent, index: number) => UsageEvent = same): LogRecord[] {
  const nowMs = Date.now()
  const next = createTraffic({ seed: 'core', startMs: nowMs })
  return Array.from({ length: EVENTS }, (_, offset) => toRecord(change(next(), offset), offset))
}

const same = (event: UsageEvent): UsageEvent => event

function toRecord(event: UsageEvent, offset: number): LogRecord {
  return {
    partition: 0,
    offset,
    timestampMs: event.timestamp,
    key: Buffer.from(event.request_id),
    value: frame(1, usageEventCodec.encode(event)),
    headers: {},
  }
}

export function viewOf(organizationFile: string = benchOrganization(0)): OrganizationView {
  const parsed = parseOrganizationFile(organizationFile)
  if (!parsed.ok)
    throw new Error(`the benchmark's organization is wrong: ${JSON.stringify(parsed.problems[0])}`)
  const desired = organizationEntities(parsed.file)
  const view = createOrganizationView()
  const current = view.entities
  const events = organizationEvents(
    organizationDiff(desired, current),
    { desired, current },
    { commandId: 'bench', atMs: 0, actor: 'bench', proofFor: () => mintSecret().proof },
  )
  for (const [offset, event] of events.entries()) foldControlEvent(view, event, offset)
  return view
}
