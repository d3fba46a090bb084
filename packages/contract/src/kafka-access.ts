import { TOPICS } from './topics.ts'
import type { TopicDefinition } from './topics.ts'

/** A name, or every name that begins with it. */
export interface NamePattern {
  readonly name: string
  readonly prefixed: boolean
}

/** What one Kafka user may do, and nothing else: Kafka refuses what no rule allows. */
export interface KafkaAccess {
  readonly user: string
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  /** Topics whose partitions may be counted; whoever reads or writes one may that, too. */
  readonly describes: readonly string[]
  /** Consumer groups to join and commit to. */
  readonly groups: readonly NamePattern[]
  /** Groups whose committed positions may be read. */
  readonly describesGroups: readonly NamePattern[]
  readonly transactionalIds: readonly NamePattern[]
}

type Role = TopicDefinition['writtenBy'][number]

/** Which names of `TOPICS` a user stands for. Operators, who create topics and read all, are not in it: they are the cluster's own. */
const USERS: readonly (Omit<KafkaAccess, 'reads' | 'writes'> & {
  readonly roles: readonly Role[]
  readonly alsoReads?: readonly string[]
})[] = [
  // A duplicate has to meet its twin in usage.metered, so the gateway never writes beyond the partitions of that.
  { user: 'gateway', roles: ['gateway'], ...none(), describes: [TOPICS.usageMetered.name] },
  {
    user: 'processor',
    roles: ['meter', 'burn'],
    ...none(),
    groups: [exactly('meter'), exactly('burn')],
    transactionalIds: [prefix('meter-'), prefix('burn-')],
  },
  {
    user: 'sink',
    roles: ['sink'],
    ...none(),
    // To reconcile, the sink counts what was accepted, and reads how far meter has come.
    alsoReads: [TOPICS.usageEvents.name],
    groups: [prefix('sink.')],
    describesGroups: [exactly('meter')],
    transactionalIds: [prefix('sink-')],
  },
  { user: 'registry', roles: ['registry'], ...none(), transactionalIds: [exactly('meterline-registry')] },
  { user: 'control', roles: ['control', 'api'], ...none(), transactionalIds: [exactly('control')] },
  {
    user: 'notifier',
    roles: ['notifier'],
    ...none(),
    groups: [exactly('notifier')],
    transactionalIds: [prefix('notifier-')],
  },
  // Whoever sends usage without the gateway.
  { user: 'producer', roles: ['producers'], ...none() },
]

/** The rights of every user, taken from who reads and writes each topic in `TOPICS`. */
export const KAFKA_ACCESS: readonly KafkaAccess[] = USERS.map(({ roles, alsoReads = [], ...rest }) => {
  const topics = Object.values<TopicDefinition>(TOPICS)
  const named = (by: (topic: TopicDefinition) => readonly Role[]): string[] =>
    topics.filter((topic) => by(topic).some((role) => roles.includes(role))).map(({ name }) => name)
  return {
    ...rest,
    reads: [...new Set([...named(({ readBy }) => readBy), ...alsoReads])].toSorted(),
    writes: named(({ writtenBy }) => writtenBy).toSorted(),
  }
})

function none() {
  return { describes: [], groups: [], describesGroups: [], transactionalIds: [] }
}

function exactly(name: string): NamePattern {
  return { name, prefixed: false }
}

function prefix(name: string): NamePattern {
  return { name, prefixed: true }
}
