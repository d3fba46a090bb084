import { azureTraceCsv, burstGptTraceCsv, createRandom } from '@meterline/simulation'
import type { UsageEvent } from '@meterline/domain'
import { expect, test } from 'vitest'

import { splitCsvLine } from './csv.ts'
import { createDisturber } from './disturb.ts'
import { createReplayClock } from './replay-clock.ts'
import { traceEvent } from './trace-event.ts'
import { detectMapping, parseMapping } from './trace-mapping.ts'
import { parseTime, parseTraceRow } from './trace-row.ts'
import type { TraceRow } from './trace-row.ts'

const TRACE = { seed: 's', rows: 500, startMs: Date.UTC(2023, 10, 16, 18), durationMs: 3_600_000 }
const DEFAULTS = { provider: 'openai', model: 'gpt-5-mini', endpoint: 'replay' }

function rowsOf(csv: string): readonly TraceRow[] {
  const [header = [], ...lines] = csv.trim().split('\n').map(splitCsvLine)
  const mapping = detectMapping(header)
  return lines.map((fields, index) => {
    const parsed = parseTraceRow({ fields, line: index + 2, readBytes: 0 }, mapping)
    if (!parsed.ok) throw new Error(parsed.problem)
    return parsed.row
  })
}

const eventOf = (row: TraceRow): UsageEvent =>
  traceEvent(row, { requestId: `r${row.line}`, timestampMs: row.time.ms, keyId: 'key_1' }, DEFAULTS)

test('an Azure trace is recognized, its times are UTC to the millisecond', () => {
  const rows = rowsOf('TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n')
  expect(rows[0]).toEqual({
    line: 2,
    time: { kind: 'at', ms: Date.UTC(2023, 10, 16, 18, 15, 46, 680) },
    units: { tokens_input: 374, tokens_output: 44 },
    stated: {},
  })
  expect(rowsOf(azureTraceCsv(TRACE))).toHaveLength(500)
})

test('a BurstGPT trace is recognized, its models get the names of the price list', () => {
  const rows = rowsOf(burstGptTraceCsv(TRACE))
  expect(rows).toHaveLength(500)
  expect(rows[0]?.time.kind).toBe('since')
  expect(new Set(rows.map((row) => eventOf(row).model_name))).toEqual(new Set(['gpt-3.5-turbo', 'gpt-4']))
})

test('other columns are named by hand, and a wrong name is refused with those there are', () => {
  const header = ['when', 'in', 'who']
  const mapping = parseMapping('timestamp=when,units.tokens_input=in,user_id=who', header)
  const parsed = parseTraceRow(
    { fields: ['2026-01-01T00:00:00+01:00', '12', 'u1'], line: 2, readBytes: 0 },
    mapping,
  )
  expect(parsed).toMatchObject({ ok: true, row: { units: { tokens_input: 12 }, stated: { user_id: 'u1' } } })
  expect(() => parseMapping('timestamp=then,units.tokens_input=in', header)).toThrow(
    /no column "then"; the file has when, in, who/,
  )
  expect(() => parseMapping('time=when', header)).toThrow(/no field of a usage event/)
  expect(() => detectMapping(header)).toThrow(/--mapping timestamp=when/)
})

test.each([
  ['1700000000', { kind: 'at', ms: 1_700_000_000_000 }],
  ['1700000000123', { kind: 'at', ms: 1_700_000_000_123 }],
  ['12.5', { kind: 'since', ms: 12_500 }],
  ['2023-11-16T18:15:46Z', { kind: 'at', ms: Date.UTC(2023, 10, 16, 18, 15, 46) }],
  ['yesterday', undefined],
])('the time %s', (text, expected) => {
  expect(parseTime(text)).toEqual(expected)
})

test('quotes hold commas and quotes', () => {
  expect(splitCsvLine('a,"b, ""c""",')).toEqual(['a', 'b, "c"', ''])
})

test('unpaced, a trace that starts now ends now; paced, an event happens when it is sent', () => {
  const first = { kind: 'at', ms: 1_000 } as const
  const last = { kind: 'at', ms: 61_000 } as const
  const unpaced = createReplayClock({ start: 'now', speed: 0, nowMs: 500_000, first, last })
  expect([unpaced.eventTimeMs(first), unpaced.eventTimeMs(last), unpaced.dueMs(last)]).toEqual([
    440_000, 500_000, 0,
  ])
  const paced = createReplayClock({ start: 'now', speed: 10, nowMs: 500_000, first, last })
  expect([paced.eventTimeMs(first), paced.eventTimeMs(last), paced.dueMs(last)]).toEqual([
    500_000, 506_000, 6_000,
  ])
  const since = { kind: 'since', ms: 0 } as const
  expect(() => createReplayClock({ start: 'keep', speed: 0, nowMs: 0, first: since, last: since })).toThrow(
    /--start now/,
  )
})

test('disturbances come in their shares, and the same seed gives the same', () => {
  const events = rowsOf(azureTraceCsv({ ...TRACE, rows: 20_000 })).map(eventOf)
  const run = () => {
    const disturber = createDisturber({ duplicates: 0.05, late: 0.01, malformed: 0.01 }, createRandom('d'))
    return [...events.flatMap((event) => disturber.next(event)), ...disturber.rest()]
  }
  const items = run()
  const share = (of: (item: (typeof items)[number]) => boolean) => items.filter(of).length / events.length
  expect(share((item) => item.kind === 'event' && item.role !== 'duplicate')).toBe(1)
  expect(share((item) => item.kind === 'event' && item.role === 'duplicate')).toBeCloseTo(0.05, 2)
  expect(share((item) => item.kind === 'event' && item.role === 'late')).toBeCloseTo(0.01, 2)
  expect(share((item) => item.kind === 'malformed')).toBeCloseTo(0.01, 2)
  expect(run()).toEqual(items)
})
