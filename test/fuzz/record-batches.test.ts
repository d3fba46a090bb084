import * as fc from 'fast-check'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'

import { KafkaError } from '@meterline/kafka'
import { decodeRecordBatches } from '../../packages/kafka/src/wire/decode-batches.ts'
import { batchOf, compressBatch } from '../../packages/kafka/src/wire/sample-batches.ts'
import { DEADLINE_MS, fuzzParameters } from './budget.ts'
import { mutated } from './mutated.ts'

const SOON_MS = 2_000
const WANTED = { partition: 0, fromOffset: 0, aborted: [] }
const HEADER_BYTES = 61

const plain = batchOf({ baseOffset: 0, values: ['one line of the log', 'another line of the log'] })
const RECORDS = plain.subarray(HEADER_BYTES)
const codec = fc.constantFrom(0, 1, 2, 3, 4, 5)

/** Whether the damage is done before compression or after it: with the checksum in order, as a producer may send it. */
const packing = fc.constantFrom<(bytes: Buffer) => Buffer>((bytes) => bytes, gzipSync, zstdCompressSync)

test(
  'whatever a producer puts into a batch, it is decoded or called damaged, soon',
  () => {
    fc.assert(
      fc.property(mutated([RECORDS]), codec, packing, (records, number, pack) => {
        const batch = compressBatch(plain, number, () => pack(records))
        const startedMs = performance.now()
        const outcome = attempt(() => decodeRecordBatches(batch, WANTED))
        expect(outcome instanceof Error && !(outcome instanceof KafkaError)).toBe(false)
        expect(performance.now() - startedMs).toBeLessThan(SOON_MS)
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
      fuzzParameters(),
    )
  },
  DEADLINE_MS,
)

function attempt(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
