import type { Admin } from 'kafkajs'
import type { KafkaClient } from '../connection/client.ts'
import { retryTransient } from '../connection/retry.ts'
import { errorType, toKafkaError } from '../errors.ts'
import { findDrift } from './describe-topics.ts'
import type { TopicDrift, WantedTopic } from './describe-topics.ts'

const DEADLINE_MS = 30_000

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
