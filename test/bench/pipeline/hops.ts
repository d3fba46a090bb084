import { TOPICS } from '@meterline/contract'
import { readLog } from '@meterline/kafka'

import type { Bench } from '../bench.ts'
import { summarizeLatency } from '../measure/statistics.ts'
import type { LatencySummary } from '../measure/statistics.ts'
import { probeProject } from '../stack/organization.ts'
import type { AlertWatch } from './alert-watch.ts'
import { probeRequestId } from './probes.ts'
import type { SentProbe } from './probes.ts'

/** Where the time of an alert goes, from the records' own timestamps, read after the fact. */
export async function measureHops(
  bench: Bench,
  probes: readonly SentProbe[],
  { arrivals }: AlertWatch,
): Promise<Record<string, LatencySummary>> {
  const sinceMs = Math.min(...probes.map(({ sentMs }) => sentMs))
  const accepted = await timesByKey(bench, TOPICS.usageEvents.name, sinceMs)
  const delta = await timesByKey(bench, TOPICS.spendDelta.name, sinceMs)
  const hops = probes.flatMap(({ index, sentMs }) => {
    const scope = `project:${probeProject(index)}`
    const eventMs = accepted.get(probeRequestId(index))
    const deltaMs = delta.get(scope)
    const arrivedMs = arrivals.get(scope)
    if (eventMs === undefined || deltaMs === undefined || arrivedMs === undefined) return []
    return [{ sentMs, eventMs, deltaMs, arrivedMs }]
  })
  return {
    'send → written to usage.events': summarizeLatency(hops.map((hop) => hop.eventMs - hop.sentMs)),
    '→ meter writes spend.delta': summarizeLatency(hops.map((hop) => hop.deltaMs - hop.eventMs)),
    // An alert carries the time of the log, so what burn and its commit take is not told apart.
    '→ burn writes spend.alert, and the subscriber has it': summarizeLatency(
      hops.map((hop) => hop.arrivedMs - hop.deltaMs),
    ),
  }
}

/** First time of each key, of the records since then. */
async function timesByKey({ stack }: Bench, topic: string, sinceMs: number): Promise<Map<string, number>> {
  const times = new Map<string, number>()
  for (const partition of await stack.kafka.reads.partitionsOf(topic)) {
    const log = readLog(stack.kafka, { topic, partition, fromTimestampMs: sinceMs, to: 'end' })
    for await (const records of log) {
      for (const { key, timestampMs } of records) {
        const name = key?.toString() ?? ''
        if (/^(probe_|project:probe-)/.test(name) && !times.has(name)) times.set(name, timestampMs)
      }
    }
  }
  return times
}
