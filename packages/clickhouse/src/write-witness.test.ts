import { expect, test } from 'vitest'

import type { Clickhouse } from './clickhouse.ts'
import { ClickhouseError } from './errors.ts'
import { WriteWitness } from './write-witness.ts'

/** A server that only tells its name and its counters; it counts what it was asked. */
function server(name: string, counters: () => Promise<readonly object[]> = () => Promise.resolve(healthy)) {
  const asked: string[] = []
  const rows = (sql: string): Promise<readonly object[]> => {
    asked.push(sql)
    return sql.includes('displayName') ? Promise.resolve([{ name }]) : counters()
  }
  return { asked, clickhouse: { rows } as unknown as Clickhouse }
}

const healthy = [{ event: 'Query', count: 9, uptime_s: 60 }]
const counterQuestions = (asked: readonly string[]) => asked.filter((sql) => sql.includes('system.events'))
const stored = () => Promise.resolve('stored')

test('a server that is not the embedded one is asked for its name once, and believed', async () => {
  const { asked, clickhouse } = server('clickhouse-1')
  const witness = new WriteWitness(clickhouse, { timeoutMs: 1_000 })
  for (let i = 0; i < 3; i += 1) expect(await witness.attest(stored)).toBe('stored')
  expect(asked).toEqual(['SELECT displayName() AS name'])
})

test('one question serves all inserts that ended before it', async () => {
  const { asked, clickhouse } = server('meterline-embedded-8123')
  const witness = new WriteWitness(clickhouse, { timeoutMs: 1_000 })
  await Promise.all(Array.from({ length: 50 }, () => witness.attest(stored)))
  expect(counterQuestions(asked)).toHaveLength(1)
})

test('an insert that ended while the question was out waits for the next one', async () => {
  const answers: ((rows: readonly object[]) => void)[] = []
  const { asked, clickhouse } = server(
    'meterline-embedded-8123',
    () => new Promise((resolve) => void answers.push(resolve)),
  )
  const witness = new WriteWitness(clickhouse, { timeoutMs: 1_000 })
  const first = witness.attest(stored)
  await expect.poll(() => answers.length).toBe(1)
  let ended = false
  const second = witness.attest(stored).then(() => (ended = true))
  answers[0]?.(healthy)
  expect(await first).toBe('stored')
  expect(ended).toBe(false)
  await expect.poll(() => answers.length).toBe(2)
  answers[1]?.(healthy)
  await second
  expect(counterQuestions(asked)).toHaveLength(2)
})

test.each([
  ['a write that failed', [...healthy, { event: 'WriteBufferFromFileDescriptorWriteFailed', count: 2 }]],
  ['a start in the meantime', [{ event: 'Query', count: 1, uptime_s: -1 }]],
])('%s makes it an insert without an answer', async (_, rows) => {
  const { clickhouse } = server('meterline-embedded-8123', () => Promise.resolve(rows))
  const witness = new WriteWitness(clickhouse, { timeoutMs: 1_000 })
  await expect(witness.attest(stored)).rejects.toMatchObject({ kind: 'no-answer' })
})

test('a question that is refused is no refusal of the insert', async () => {
  const refusal = new ClickhouseError('ACCESS_DENIED', { kind: 'refused', code: 497 })
  const { clickhouse } = server('meterline-embedded-8123', () => Promise.reject(refusal))
  const witness = new WriteWitness(clickhouse, { timeoutMs: 1_000 })
  await expect(witness.attest(stored)).rejects.toMatchObject({ kind: 'no-answer', cause: refusal })
})

test('what the insert itself throws is passed on, and nobody is asked', async () => {
  const { asked, clickhouse } = server('meterline-embedded-8123')
  const witness = new WriteWitness(clickhouse, { timeoutMs: 1_000 })
  const refusal = new ClickhouseError('MEMORY_LIMIT_EXCEEDED', { kind: 'refused', code: 241 })
  await expect(witness.attest(() => Promise.reject(refusal))).rejects.toBe(refusal)
  expect(asked).toEqual([])
})
