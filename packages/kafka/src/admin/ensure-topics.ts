import kafkajs, { type Admin } from 'kafkajs'
import type { KafkaClient } from '../connection/client.ts'
import { retryTransient } from '../connection/retry.ts'
import { errorType, toKafkaError } from '../errors.ts'

const DEADLINE_MS = 30_000

export interface WantedTopic {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  /** Topic configuration by Kafka's names, values as strings. */
  readonly config: Readonly<Record<string, string>>
}

export type TopicDrift =
  | { readonly topic: string; readonly kind: 'partitions'; readonly wanted: number; readonly found: number }
  | {
      readonly topic: string
      readonly kind: 'config'
      readonly name: string
      readonly wanted: string
      readonly found: string
    }

export interface EnsuredTopics {
  readonly created: readonly string[]
  /** What stands differently from what is wanted. Never changed here: another partition count moves keys, a person decides. */
  readonly drift: readonly TopicDrift[]
}

/** Creates the topics that are missing and reports how the others differ. Safe to run twice, and by several at once. */
export async function ensureTopics(
  client: KafkaClient,
  wanted: readonly WantedTopic[],
): Promise<EnsuredTopics> {
  const admin = await client.openAdmin()
  const created: string[] = []
  const ensure = async (): Promise<EnsuredTopics> => {
    const existing = new Set(await admin.listTopics())
    const missing = wanted.filter((topic) => !existing.has(topic.name))
    await create(admin, missing, created)
    return { created, drift: await findDrift(admin, wanted) }
  }
  try {
    // A broker that has just made a topic may not know it for a moment.
    return await retryTransient(ensure, { doing: 'Creating topics', deadlineMs: Date.now() + DEADLINE_MS })
  } catch (error) {
    throw toKafkaError(error, 'Creating topics')
  } finally {
    await admin.disconnect()
  }
}

async function create(admin: Admin, missing: readonly WantedTopic[], created: string[]): Promise<void> {
  for (const topic of missing) {
    try {
      const isNew = await admin.createTopics({
        waitForLeaders: false,
        topics: [
          {
            topic: topic.name,
            numPartitions: topic.partitions,
            replicationFactor: topic.replicationFactor,
            configEntries: Object.entries(topic.config).map(([name, value]) => ({ name, value })),
          },
        ],
      })
      if (isNew) created.push(topic.name)
    } catch (error) {
      if (errorType(error) !== 'TOPIC_ALREADY_EXISTS') throw error
    }
  }
}

async function findDrift(admin: Admin, wanted: readonly WantedTopic[]): Promise<TopicDrift[]> {
  if (wanted.length === 0) return []
  const { topics } = await admin.fetchTopicMetadata({ topics: wanted.map((topic) => topic.name) })
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: wanted.map((topic) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic.name })),
  })
  return wanted.flatMap((topic): TopicDrift[] => {
    const found = topics.find((t) => t.name === topic.name)?.partitions.length ?? 0
    const entries = resources.find((r) => r.resourceName === topic.name)?.configEntries ?? []
    const configDrift = Object.entries(topic.config).flatMap(([name, value]): TopicDrift[] => {
      const current = entries.find((entry) => entry.configName === name)?.configValue ?? ''
      return current === value
        ? []
        : [{ topic: topic.name, kind: 'config', name, wanted: value, found: current }]
    })
    if (found === topic.partitions) return configDrift
    return [{ topic: topic.name, kind: 'partitions', wanted: topic.partitions, found }, ...configDrift]
  })
}
