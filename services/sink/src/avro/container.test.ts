import { meteredUsageCodec, schemaText } from '@meterline/contract'
import avro from 'avsc'
import * as fc from 'fast-check'
import { once } from 'node:events'
import { expect, test } from 'vitest'

import { sampleUsage } from '../testing/usage-sample.ts'
import { createContainerEncoder } from './container.ts'

const encode = createContainerEncoder(schemaText('metered-usage.avsc'))

async function readContainer(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const decoder = new avro.streams.BlockDecoder()
  const rows: Record<string, unknown>[] = []
  decoder.on('data', (row: Record<string, unknown>) => void rows.push(row))
  decoder.end(bytes)
  await once(decoder, 'end')
  return rows
}

test('any Avro reader finds the records with their partition and offset', async () => {
  const offset = fc.integer({ min: 0, max: 2 ** 51 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(offset, { minLength: 1, maxLength: 20 }),
      fc.nat(5_000),
      async (offsets, partition) => {
        const rows = offsets.map((at, i) => {
          const prefix = Buffer.from('prefix'.slice(0, i % 6))
          const datum = Buffer.concat([prefix, meteredUsageCodec.encode(sampleUsage(i))])
          return { datum, start: prefix.length, record: { offset: at } }
        })
        const read = await readContainer(encode(rows, partition))
        const wanted = offsets.map((at, i) => ({
          _partition: partition,
          _offset: at,
          request_id: sampleUsage(i).request_id,
          cost_usd_micro: sampleUsage(i).cost_usd_micro,
        }))
        expect(read).toHaveLength(wanted.length)
        read.forEach((row, i) => expect({ ...row }).toMatchObject(wanted[i] ?? {}))
      },
    ),
    { numRuns: 50 },
  )
})

test('the same rows are the same bytes', () => {
  const rows = [{ datum: meteredUsageCodec.encode(sampleUsage(1)), start: 0, record: { offset: 3 } }]
  expect(encode(rows, 1)).toEqual(encode(rows, 1))
})
