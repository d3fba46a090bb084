import { frame, HEADERS } from '@meterline/contract'
import type { LogRecord } from '@meterline/topology'
import { expect, test } from 'vitest'

import { prepareMeter } from './prepare-meter.ts'

test('asks for each schema once, and for the newest organization that a record names', async () => {
  const asked: unknown[] = []
  await prepareWith(asked)([
    record(frame(7, Buffer.of(1)), '3'),
    record(frame(7, Buffer.of(1)), '12'),
    record(frame(9, Buffer.of(1)), '12'),
    record(Buffer.from('no frame'), '5'),
    record(null),
  ])
  expect(asked).toEqual([{ schemaIds: [7, 9] }, { offset: 12 }])
})

test('does not wait for an offset that is none', async () => {
  const asked: unknown[] = []
  await prepareWith(asked)(['-1', 'NaN', '1e9', '', '9'.repeat(40)].map((offset) => record(null, offset)))
  expect(asked).toEqual([{ schemaIds: [] }])
})

test('fails with what could not be had, so that the batch is tried again', async () => {
  const prepare = prepareMeter({
    schemas: { prepare: () => Promise.reject(new Error('the registry is away')) },
    organizationReached: () => Promise.resolve(),
  })
  await expect(prepare([record(frame(7, Buffer.of(1)))])).rejects.toThrow('away')
})

function prepareWith(asked: unknown[]) {
  return prepareMeter({
    schemas: {
      async prepare(ids) {
        asked.push({ schemaIds: [...ids] })
      },
    },
    async organizationReached(offset) {
      asked.push({ offset })
    },
  })
}

function record(value: Buffer | null, controlOffset?: string): LogRecord {
  const headers = controlOffset === undefined ? {} : { [HEADERS.controlOffset]: Buffer.from(controlOffset) }
  return { partition: 0, offset: 0, timestampMs: 0, key: null, value, headers }
}
