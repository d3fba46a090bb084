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
  partitionForKey,
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
const WARM_UP_SHARE = 0.25
const ROUNDS = 3
/** As many as one transaction of the service commits at most. */
const BATCH_RECORDS = 5_000
const DEDUP_WINDOW_MS = 86_400_000

/** Meter's topology in this process: from the bytes of events to the bytes of its outputs, without Kafka. */
export function measureMeterCore(): RateFigure {
  const view = viewOf(benchOrganization(0))
  const records = encodedEvents()
  const rounds = Array.from({ length: ROUNDS }, () => 1e6 / coreCost([records], view).eventMicros)
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

export interface CoreCost {
  /** Of processor time. */
  readonly eventMicros: number
  readonly deltasPerEvent: number
}

/** What an event costs, by partition the records of each: all in this process, a batch of each in turn. */
export function coreCost(partitions: readonly (readonly LogRecord[])[], view: OrganizationView): CoreCost {
  const counts = createMeterCounts()
  const topology = meterTopology({
    view,
    schemas: { of: () => ({ kind: 'same', decode: (datum) => usageEventCodec.decode(datum) }) },
    schemaIds: { meteredUsage: 2, spendDelta: 3 },
    spendPartitions: DEFAULT_SPEND_PARTITIONS,
    eventPartitions: DEFAULT_USAGE_PARTITIONS,
    // The traffic corrects nothing.
    originals: { find: async () => new Map(), decode: async (value) => meteredUsageCodec.decode(value) },
    dedupWindowMs: DEDUP_WINDOW_MS,
    counts,
  })
  const tasks = partitions.map((records, partition) => ({ records, task: topology.create(partition), at: 0 }))
  const run = (share: number): number => {
    let done = 0
    for (let isBusy = true; isBusy;) {
      isBusy = false
      for (const each of tasks) {
        const end = Math.min(each.at + BATCH_RECORDS, Math.floor(each.records.length * share))
        if (each.at >= end) continue
        each.task.process(each.records.slice(each.at, end))
        done += end - each.at
        each.at = end
        isBusy = true
      }
    }
    return done
  }
  run(WARM_UP_SHARE)
  const deltasBefore = counts.deltas
  let events = 0
  const seconds = cpuSecondsOf(() => {
    events = run(1)
  })
  return { eventMicros: (seconds * 1e6) / events, deltasPerEvent: (counts.deltas - deltasBefore) / events }
}

/** As Kafka spreads them. */
export function spreadOver(records: readonly LogRecord[], partitions: number): LogRecord[][] {
  const spread: LogRecord[][] = Array.from({ length: partitions }, () => [])
  for (const record of records) {
    const partition = partitionForKey(record.key ?? '', partitions)
    const own = spread[partition]
    own?.push({ ...record, partition, offset: own.length })
  }
  return spread
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
