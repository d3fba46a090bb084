import { decodeSpendRecord, FRAME_BYTES, spendStateCodec, TOPICS } from '@meterline/contract'
import type { ScopeId, SpendState } from '@meterline/domain'
import { followTopic } from '@meterline/kafka'
import type { Follower, KafkaClient } from '@meterline/kafka'

/** What burn says, and what it is told. */
export interface BurnWord {
  /** The newest of each scope. */
  readonly states: ReadonlyMap<ScopeId, SpendState>
  /** Up to this offset of control.log the budgets stand in every partition of burn's log, so before any spend from now on. */
  toldOffset(): number
  stop(): Promise<void>
}

export async function followBurn(kafka: KafkaClient): Promise<BurnWord> {
  const states = new Map<ScopeId, SpendState>()
  const told = new Map<number, number>()
  const stateFeed = await followData(kafka, TOPICS.spendState.name, (datum) => {
    const state = spendStateCodec.decode(datum)
    states.set(state.scope, state)
  })
  const deltaFeed = await followData(kafka, TOPICS.spendDelta.name, (datum, partition) => {
    const record = decodeSpendRecord(datum)
    told.set(partition, record.kind === 'policy' ? record.policy_offset : (told.get(partition) ?? -1))
  })
  return {
    states,
    toldOffset: () => (told.size < TOPICS.spendDelta.partitions ? -1 : Math.min(...told.values())),
    stop: async () => void (await Promise.all([stateFeed.stop(), deltaFeed.stop()])),
  }
}

function followData(
  kafka: KafkaClient,
  topic: string,
  take: (datum: Buffer, partition: number) => void,
): Promise<Follower> {
  return followTopic(kafka, {
    topic,
    from: 'first',
    onRecord({ partition, value }) {
      if (value !== null) take(value.subarray(FRAME_BYTES), partition)
    },
  })
}
