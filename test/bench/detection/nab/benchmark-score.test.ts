import { describe, expect, test } from 'vitest'

import { benchmarkScore } from './benchmark-score.ts'

const sigmoid = (position: number): number => 2 / (1 + Math.exp(5 * position)) - 1
/** 40 rows, of which the first six are probation; all quiet but the rows named. */
const scores = (loud: Record<number, number>): number[] =>
  Array.from({ length: 40 }, (_, row) => loud[row] ?? 0)
const windows = [{ first: 20, last: 23 }]

describe('the score of the labelled series', () => {
  test('is 0 for nothing found and 100 for every window at its first row', () => {
    expect(benchmarkScore([{ scores: scores({}), windows }], 1)).toMatchObject({ score: 0, found: 0 })
    expect(benchmarkScore([{ scores: scores({ 20: 1 }), windows }])).toMatchObject({ score: 100, found: 1 })
  })

  test('gives less the later in the window, by the scaled sigmoid of what is left of it', () => {
    // Of four rows the third has half of the window left: (1 + sigmoid(−½) ⁄ sigmoid(−1)) ⁄ 2.
    const { score } = benchmarkScore([{ scores: scores({ 22: 1 }), windows }])
    expect(score).toBeCloseTo(50 * (1 + sigmoid(-0.5) / sigmoid(-1)), 10)
    // The best row of a window counts, the others neither add nor take.
    expect(benchmarkScore([{ scores: scores({ 20: 1, 22: 1, 23: 1 }), windows }]).score).toBe(100)
  })

  test('takes 0.11 for a false row, less close behind a window', () => {
    const before = benchmarkScore([{ scores: scores({ 20: 1, 12: 1 }), windows }], 1)
    expect(before.score).toBeCloseTo(100 - 50 * 0.11, 10)
    expect(before.falseRows).toBe(1)
    // Row 24 is one row behind a window of three steps.
    const behind = benchmarkScore([{ scores: scores({ 20: 1, 24: 1 }), windows }], 1)
    expect(behind.score).toBeCloseTo(100 + 50 * 0.11 * sigmoid(1 / 3), 10)
    // More than three widths behind, it costs all.
    const far = benchmarkScore([{ scores: scores({ 20: 1, 33: 1 }), windows }], 1)
    expect(far.score).toBeCloseTo(100 - 50 * 0.11, 10)
  })

  test('leaves the probation out: 15 % of the rows, at most 750', () => {
    expect(benchmarkScore([{ scores: scores({ 5: 1, 20: 1 }), windows }], 1).falseRows).toBe(0)
    expect(benchmarkScore([{ scores: scores({ 6: 1, 20: 1 }), windows }], 1).falseRows).toBe(1)
    const long = Array.from({ length: 10_000 }, (_, row) =>
      row === 749 || row === 750 || row === 9_000 ? 1 : 0,
    )
    expect(benchmarkScore([{ scores: long, windows: [{ first: 9_000, last: 9_003 }] }], 1).falseRows).toBe(1)
  })

  test('uses one threshold for all series: the best one', () => {
    const clean = { scores: scores({ 20: 5, 10: 1 }), windows }
    const faint = { scores: scores({ 20: 2 }), windows }
    expect(benchmarkScore([clean, faint])).toMatchObject({ score: 100, threshold: 2, found: 2, falseRows: 0 })
    // What finds the faint one here costs twenty false rows elsewhere: better to miss it.
    const noisy = scores({ 20: 5 }).map((score, row) => (score === 0 && row < 19 ? 3 : score))
    const noisyToo = scores({ 20: 5 }).map((score, row) => (score === 0 && row > 24 ? 3 : score))
    const series = [noisy, noisyToo].map((each) => ({ scores: each, windows }))
    expect(benchmarkScore([...series, faint])).toMatchObject({ threshold: 5, found: 2, falseRows: 0 })
  })
})
