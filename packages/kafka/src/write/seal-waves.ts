import type { OutputBatch } from '@meterline/topology'

import { encodeRecordBatch } from '../wire/encode-batch.ts'
import type { ProduceEntry } from '../wire/produce.ts'
import type { ProducerIdentity } from '../wire/record-batch.ts'
import { nextSequence } from './sequence.ts'
import { splitBySize } from './split.ts'

/**
 * Makes outputs into record batches, in waves of at most one per partition: a produce request carries no more. Sequence numbers go on
 * from call to call, so that a broker knows a batch that it has already.
 */
export function createWaveSealer(
  maxBatchBytes: number,
): (identity: ProducerIdentity, outputs: readonly OutputBatch[]) => ProduceEntry[][] {
  const sequences = new Map<string, number>()
  return (identity, outputs) => {
    const waves: ProduceEntry[][] = []
    const depth = new Map<string, number>()
    for (const { topic, partition, messages } of outputs) {
      const key = `${topic} ${partition}`
      for (const group of splitBySize(messages, maxBatchBytes)) {
        const baseSequence = sequences.get(key) ?? 0
        sequences.set(key, nextSequence(baseSequence, group.length))
        const wave = depth.get(key) ?? 0
        depth.set(key, wave + 1)
        const bytes = encodeRecordBatch(group, {
          ...identity,
          baseSequence,
          transactional: true,
          nowMs: Date.now(),
        })
        const entries = waves[wave]
        if (entries === undefined) waves.push([{ topic, partition, bytes }])
        else entries.push({ topic, partition, bytes })
      }
    }
    return waves
  }
}
