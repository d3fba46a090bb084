import type { TopicDrift } from '@meterline/kafka'

/** `usage.events has 1 replicas, 3 are wanted` */
export function driftText(drift: TopicDrift): string {
  switch (drift.kind) {
    case 'partitions':
    case 'replicas':
      return `${drift.topic} has ${drift.found} ${drift.kind}, ${drift.wanted} are wanted`
    case 'config':
      return `${drift.topic} has ${drift.name} = ${drift.found}, ${drift.wanted} is wanted`
  }
}
