import { meteredUsageCodec, schemaText } from '@meterline/contract'
import avro from 'avsc'
import * as fc from 'fast-check'
import { once } from 'node:events'
import { expect, test } from 'vitest'

import { sampleUsage } from '../testing/usage-sample.ts'
import { createContainerEncoder } from './container.ts'

const encoder = createContainerEncoder(schemaText('metered-usage.avsc'))

function encode(...of: Parameters<typeof encoder>): Buffer {
  const { bytes, pieces } = encoder(...of)
  const whole = Buffer.concat([...pieces()])
  expect(whole.length).toBe(bytes)
  return whole
}

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
        offsets.sort((a, b) => a - b)
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

test('many and large records go out in pieces, none of which is cut where another reads on', async () => {
  const rows = Array.from({ length: 2_000 }, (_, i) => {
    const usage = { ...sampleUsage(i), endpoint: i % 500 === 0 ? 'x'.repeat(1_200_000) : null }
    return { datum: meteredUsageCodec.encode(usage), start: 0, record: { offset: i * 2 ** 20 } }
  })
  const pieces = [...encoder(rows, 3).pieces()]
  expect(pieces.length).toBeGreaterThan(8)
  const most = Math.max(...rows.map(({ datum }) => datum.length))
  for (const { length } of pieces) expect(length).toBeLessThan(most + 100)
  const read = await readContainer(encode(rows, 3))
  expect(read.map((row) => row['_offset'])).toEqual(rows.map(({ record }) => record.offset))
})
