import { spendStateCodec, TOPICS, unframed } from '@meterline/contract'
import type { ScopeId, SpendAlert, SpendState } from '@meterline/domain'
import { followTopic } from '@meterline/kafka'
import type { Follower, KafkaClient } from '@meterline/kafka'
import { z } from 'zod'

/** What the scopes stand at, kept up to date from `spend.state`. */
export interface SpendFeed extends Follower {
  readonly states: ReadonlyMap<ScopeId, SpendState>
}

export async function followSpendState(kafka: KafkaClient): Promise<SpendFeed> {
  const states = new Map<ScopeId, SpendState>()
  const follower = await followTopic(kafka, {
    topic: TOPICS.spendState.name,
    from: 'first',
    onRecord({ value }) {
      if (value === null) return
      const state = spendStateCodec.decode(unframed(value))
      states.set(state.scope, state)
    },
  })
  return { states, ...follower }
}

/** Every alert of the log, oldest first within a partition; then those to come. */
export async function followAlerts(
  kafka: KafkaClient,
  onAlert: (alert: SpendAlert) => void,
): Promise<Follower> {
  return followTopic(kafka, {
    topic: TOPICS.spendAlert.name,
    from: 'first',
    onRecord({ value }) {
      if (value !== null) onAlert(decodeAlert(value))
    },
  })
}

const cloudEvent = z.looseObject({ data: z.looseObject({ event: z.literal('spend.alert'), id: z.string() }) })

function decodeAlert(value: Buffer): SpendAlert {
  // Our own topic, whose schema its writer is held to; the envelope is checked, the rest is taken.
  return cloudEvent.parse(JSON.parse(value.toString('utf8'))).data as unknown as SpendAlert
}
