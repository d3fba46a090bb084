import { decodeSpendRecord, FRAME_BYTES } from '@meterline/contract'
import type { OutputBatch } from '@meterline/topology'
import { describe, expect, test } from 'vitest'

import { PulseRecords } from './pulse-records.ts'

const source = (offset: number, organization = 'acme') => ({
  offset,
  policy: () => ({ organization, reporting_time_zone: 'UTC', allocations: [] }),
})

describe('the pulse', () => {
  test('ticks every held partition once a second', () => {
    const pulse = new PulseRecords({ schemaId: 7, topic: 'spend.delta' })
    expect(said(pulse.due({ nowMs: 10_000, held: [0, 2], source: source(-1) }))).toEqual(['0 tick', '2 tick'])
    expect(pulse.due({ nowMs: 10_900, held: [0, 2], source: source(-1) })).toEqual([])
    expect(said(pulse.due({ nowMs: 11_000, held: [2], source: source(-1) }))).toEqual(['2 tick'])
  })

  test('tells the budgets at once when they change, and not when something else in the log does', () => {
    const pulse = new PulseRecords({ schemaId: 7, topic: 'spend.delta' })
    expect(said(pulse.due({ nowMs: 0, held: [0], source: source(5) }))).toEqual(['0 policy@5', '0 tick'])
    expect(said(pulse.due({ nowMs: 200, held: [0], source: source(6) }))).toEqual([])
    expect(said(pulse.due({ nowMs: 400, held: [0], source: source(7, 'other') }))).toEqual(['0 policy@7'])
  })

  test('tells them again to a partition that came back, and after a failure', () => {
    const pulse = new PulseRecords({ schemaId: 7, topic: 'spend.delta' })
    pulse.due({ nowMs: 0, held: [0, 1], source: source(5) })
    pulse.due({ nowMs: 200, held: [0], source: source(5) })
    expect(said(pulse.due({ nowMs: 400, held: [0, 1], source: source(5) }))).toEqual(['1 policy@5'])
    pulse.failed()
    expect(said(pulse.due({ nowMs: 600, held: [0, 1], source: source(5) }))).toEqual([
      '0 policy@5',
      '1 policy@5',
    ])
  })
})

function said(batches: readonly OutputBatch[]): string[] {
  return batches.flatMap(({ partition, messages }) =>
    messages.map(({ value }) => {
      const record = decodeSpendRecord((value ?? Buffer.alloc(0)).subarray(FRAME_BYTES))
      return `${partition} ${record.kind}${record.kind === 'policy' ? `@${record.policy_offset}` : ''}`
    }),
  )
}
