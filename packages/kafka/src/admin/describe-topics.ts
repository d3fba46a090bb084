import kafkajs, { type Admin } from 'kafkajs'
import type { KafkaClient } from '../connection/client.ts'
import { toKafkaError } from '../errors.ts'

export interface WantedTopic {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  /** Topic configuration by Kafka's names, values as strings. */
  readonly config: Readonly<Record<string, string>>
}

export type TopicDrift =
  | {
      readonly topic: string
      readonly kind: 'partitions' | 'replicas'
      readonly wanted: number
      readonly found: number
    }
  | {
      readonly topic: string
      readonly kind: 'config'
      readonly name: string
      readonly wanted: string
      readonly found: string
    }

export interface DescribedTopics {
  readonly missing: readonly string[]
  readonly drift: readonly TopicDrift[]
}

/** How the topics stand against what is wanted. Only looks: nothing is created or changed. */
export async function describeTopics(
  client: KafkaClient,
  wanted: readonly WantedTopic[],
): Promise<DescribedTopics> {
  const admin = await client.openAdmin()
  try {
    const existing = new Set(await admin.listTopics())
    const present = wanted.filter(({ name }) => existing.has(name))
    const missing = wanted.filter(({ name }) => !existing.has(name)).map(({ name }) => name)
    return { missing, drift: await findDrift(admin, present) }
  } catch (error) {
    throw toKafkaError(error, 'Describing topics')
  } finally {
    await admin.disconnect()
  }
}

/** How many brokers the cluster has alive. */
export async function countBrokers(client: KafkaClient): Promise<number> {
  const admin = await client.openAdmin()
  try {
    return (await admin.describeCluster()).brokers.length
  } catch (error) {
    throw toKafkaError(error, 'Counting brokers')
  } finally {
    await admin.disconnect()
  }
}

/** How topics that are there differ from what is wanted of them. */
export async function findDrift(admin: Admin, wanted: readonly WantedTopic[]): Promise<TopicDrift[]> {
  if (wanted.length === 0) return []
  const { topics } = await admin.fetchTopicMetadata({ topics: wanted.map((topic) => topic.name) })
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: wanted.map((topic) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic.name })),
  })
  return wanted.flatMap((topic): TopicDrift[] => {
    const partitions = topics.find(({ name }) => name === topic.name)?.partitions ?? []
    const entries = resources.find(({ resourceName }) => resourceName === topic.name)?.configEntries ?? []
    return [
      ...countDrift(topic, 'partitions', { wanted: topic.partitions, found: partitions.length }),
      ...countDrift(topic, 'replicas', {
        wanted: topic.replicationFactor,
        found: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      }),
      ...Object.entries(topic.config).flatMap(([name, value]): TopicDrift[] => {
        const found = entries.find(({ configName }) => configName === name)?.configValue ?? ''
        return found === value ? [] : [{ topic: topic.name, kind: 'config', name, wanted: value, found }]
      }),
    ]
  })
}

function countDrift(
  { name: topic }: WantedTopic,
  kind: 'partitions' | 'replicas',
  counts: { readonly wanted: number; readonly found: number },
): TopicDrift[] {
  // Without a partition there is no count of copies.
  const isAsWanted = counts.wanted === counts.found || counts.found === Infinity
  return isAsWanted ? [] : [{ topic, kind, ...counts }]
}
