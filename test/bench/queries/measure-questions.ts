import type { Clickhouse } from '@meterline/clickhouse'

import { quantile } from '../measure/statistics.ts'
import type { TimingFigure } from '../report/figure.ts'
import type { Question } from './questions.ts'

const RUNS = 20
const WARM_UP_RUNS = 2

/** Asks twenty times, as a client sees it: from the request to the last row. */
export async function measureQuestion(
  clickhouse: Clickhouse,
  question: Question,
  signal: AbortSignal,
): Promise<TimingFigure> {
  const timesMs: number[] = []
  let rows = 0
  for (let run = 0; run < WARM_UP_RUNS + RUNS; run += 1) {
    const startMs = performance.now()
    rows = (await clickhouse.rows(question.sql, { signal })).length
    if (run >= WARM_UP_RUNS) timesMs.push(performance.now() - startMs)
  }
  const p95Ms = quantile(timesMs, 0.95)
  return {
    kind: 'timing',
    name: question.name,
    count: RUNS,
    p50Ms: quantile(timesMs, 0.5),
    p95Ms,
    maxMs: quantile(timesMs, 1),
    aimP95Ms: question.aimP95Ms,
    notes: [`${rows} rows`, ...(p95Ms > question.aimP95Ms ? await explain(clickhouse, question.sql) : [])],
  }
}

/** Where an aim is missed: which parts, granules and projections the answer is read from. */
async function explain(clickhouse: Clickhouse, sql: string): Promise<string[]> {
  const lines = await clickhouse.rows<{ explain: string }>(`EXPLAIN indexes = 1, projections = 1 ${sql}`)
  return lines.map(({ explain: line }) => line)
}
