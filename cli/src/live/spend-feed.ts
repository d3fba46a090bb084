import { FRAME_BYTES, framedSchemaId, spendStateCodec, TOPICS } from '@meterline/contract'
import type { ScopeId, SpendAlert, SpendState } from '@meterline/domain'
import { followLog } from '@meterline/kafka'
import type { KafkaClient, LogFollower } from '@meterline/kafka'
import { z } from 'zod'

/** What the scopes stand at, kept up to date from `spend.state`. */
export interface SpendFeed {
  readonly states: ReadonlyMap<ScopeId, SpendState>
  /** Resolves when everything that was in the log at the start is in `states`. */
  readonly caughtUp: Promise<unknown>
  /** Rejects when following ended by itself. */
  readonly done: Promise<unknown>
  stop(): Promise<void>
}

export async function followSpendState(kafka: KafkaClient): Promise<SpendFeed> {
  const states = new Map<ScopeId, SpendState>()
  const followers = await followAll(kafka, TOPICS.spendState.name, (value) => {
    const state = spendStateCodec.decode(unframed(value))
    states.set(state.scope, state)
  })
  return { states, ...together(followers) }
}

/** Every alert of the log, oldest first within a partition; then those to come. */
export async function followAlerts(
  kafka: KafkaClient,
  onAlert: (alert: SpendAlert) => void,
): Promise<Omit<SpendFeed, 'states'>> {
  return together(await followAll(kafka, TOPICS.spendAlert.name, (value) => onAlert(decodeAlert(value))))
}

async function followAll(
  kafka: KafkaClient,
  topic: string,
  onValue: (value: Buffer) => void,
): Promise<readonly LogFollower[]> {
  const partitions = await kafka.reads.partitionsOf(topic)
  return partitions.map((partition) =>
    followLog(kafka, {
      topic,
      partition,
      onRecord: ({ value }) => {
        if (value !== null) onValue(value)
      },
    }),
  )
}

function together(followers: readonly LogFollower[]): Omit<SpendFeed, 'states'> {
  const done = Promise.all(followers.map((follower) => follower.done))
  done.catch(() => undefined)
  return {
    caughtUp: Promise.all(followers.map((follower) => follower.caughtUp)),
    done,
    stop: async () => {
      await Promise.all(followers.map((follower) => follower.stop()))
    },
  }
}

const cloudEvent = z.looseObject({ data: z.looseObject({ event: z.literal('spend.alert'), id: z.string() }) })

function decodeAlert(value: Buffer): SpendAlert {
  // Our own topic, whose schema its writer is held to; the envelope is checked, the rest is taken.
  return cloudEvent.parse(JSON.parse(value.toString('utf8'))).data as unknown as SpendAlert
}

function unframed(value: Buffer): Buffer {
  return framedSchemaId(value) === undefined ? value : value.subarray(FRAME_BYTES)
}
