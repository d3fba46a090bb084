import { parseSpendAlert, TOPICS } from '@meterline/contract'
import type { SpendAlert } from '@meterline/domain'
import { followLog } from '@meterline/kafka'
import type { KafkaClient, LogFollower } from '@meterline/kafka'

export interface AlertFeed {
  /** Resolves when every alert that was in the log at the start has been handed over. */
  readonly caughtUp: Promise<void>
  /** Rejects when following ended by itself. */
  readonly done: Promise<void>
  lagRecords(): number
  stop(): Promise<void>
}

/** Every record of spend.alert from the first on, each partition in order. What is no alert is told, and passed over. */
export async function followAlerts(
  kafka: KafkaClient,
  options: {
    readonly onAlert: (alert: SpendAlert) => void
    readonly onUnreadable: (at: { partition: number; offset: number; err: unknown }) => void
    readonly onTrouble: (error: unknown) => void
  },
): Promise<AlertFeed> {
  const topic = TOPICS.spendAlert.name
  const { onAlert, onUnreadable, onTrouble } = options
  const partitions = await kafka.reads.partitionsOf(topic)
  const followers: LogFollower[] = partitions.map((partition) =>
    followLog(kafka, {
      topic,
      partition,
      onTrouble,
      onRecord({ value, offset }) {
        const alert =
          value === null ? undefined : alertOf(value, (err) => onUnreadable({ partition, offset, err }))
        if (alert !== undefined) onAlert(alert)
      },
    }),
  )
  const done = Promise.all(followers.map((follower) => follower.done)).then(() => undefined)
  return {
    caughtUp: Promise.all(followers.map((follower) => follower.caughtUp)).then(() => undefined),
    done,
    lagRecords: () => followers.reduce((lag, follower) => lag + follower.lagRecords(), 0),
    async stop() {
      await Promise.all(followers.map((follower) => follower.stop()))
    },
  }
}

function alertOf(value: Buffer, onUnreadable: (error: unknown) => void): SpendAlert | undefined {
  try {
    return parseSpendAlert(value.toString('utf8')).data
  } catch (error) {
    onUnreadable(error)
    return undefined
  }
}
