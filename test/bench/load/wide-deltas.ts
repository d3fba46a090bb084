import { encodeSpendRecord, frame, partitionForKey } from '@meterline/contract'
import type { ScopeId, SpendDelta } from '@meterline/domain'
import type { OutputMessage } from '@meterline/topology'
import { createRandom } from '@meterline/simulation'

export const WIDE_SCOPES = 10_000
/** Seconds of event time that the deltas spread over: each scope spends about once in two seconds. */
const DELTAS_PER_EVENT_SECOND = 5_000

/** Spend of many scopes, each about as often as the others, as meter writes it. */
export function wideDeltas(options: {
  readonly seed: string
  readonly count: number
  readonly endMs: number
}): SpendDelta[] {
  const { seed, count, endMs } = options
  const random = createRandom(seed)
  const startMs = endMs - (count / DELTAS_PER_EVENT_SECOND) * 1_000
  return Array.from({ length: count }, (_, index): SpendDelta => {
    const scope: ScopeId = `user:u_${random.below(WIDE_SCOPES)}`
    const second = Math.floor((startMs + (index * 1_000) / DELTAS_PER_EVENT_SECOND) / 1_000)
    const input = 1 + random.below(4_000)
    return {
      kind: 'delta',
      scope,
      pane_start: second * 1_000,
      credits_micro: 1 + random.below(2_000_000),
      requests: 1 + random.below(3),
      unrated_requests: 0,
      units: { tokens_input: input, tokens_input_cached: input >> 2, tokens_output: input >> 3 },
      drivers: [],
    }
  })
}

/** The same as records of spend.delta, by partition. */
export function deltaMessages(
  deltas: readonly SpendDelta[],
  to: { readonly partitions: number; readonly schemaId: number },
): OutputMessage[][] {
  const byPartition: OutputMessage[][] = Array.from({ length: to.partitions }, () => [])
  for (const delta of deltas) {
    byPartition[partitionForKey(delta.scope, to.partitions)]?.push({
      key: delta.scope,
      value: frame(to.schemaId, encodeSpendRecord(delta)),
    })
  }
  return byPartition
}
