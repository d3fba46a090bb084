import { describe, expect, test } from 'vitest'

import { alertQuality } from './alert-quality.ts'
import { PANES_PER_DAY } from './local-panes.ts'
import { runScenarios } from './run-scenarios.ts'
import { FIRST_JUDGED_PANE, JUDGED_WEEKS } from './scenarios.ts'

const FROM = FIRST_JUDGED_PANE + 1_000
const span = { from: FROM, to: FROM + 12 }

describe('the quality of alerts', () => {
  test('counts spans found, the minutes until then, and what was false', () => {
    const found = { alerts: [FROM - 500, FROM + 3, FROM + 9], span }
    const missed = { alerts: [], span }
    const quiet = { alerts: [FROM], span: undefined }
    expect(alertQuality([found, missed, quiet])).toEqual({
      spans: 2,
      found: 1,
      recall: 0.5,
      precision: 0.5,
      medianDetectMinutes: 20,
      falseAlerts: 2,
      falsePerTeamWeek: 2 / (3 * JUDGED_WEEKS),
    })
  })

  test('leaves out the weeks of learning, and the day after a span', () => {
    const early = { alerts: [FIRST_JUDGED_PANE - 1], span }
    const echo = { alerts: [span.to, span.to + PANES_PER_DAY - 1], span }
    expect(alertQuality([early, echo])).toMatchObject({ falseAlerts: 0, found: 0 })
    expect(alertQuality([{ alerts: [span.to + PANES_PER_DAY], span }]).falseAlerts).toBe(1)
  })
})

describe('the rules that run by default, on teams of our own', () => {
  const rules = runScenarios([1, 2])
  const [live, plain] = [rules[0], rules.at(-1)]
  const of = (name: string) =>
    live?.scenarios.find(({ scenario }) => scenario.startsWith(name))?.quality ?? {
      recall: NaN,
      falsePerTeamWeek: NaN,
    }

  test.each([
    'spike',
    'level shift',
    'slow leak',
    'drop to zero (',
    'drop to zero, where',
    'cache-read flood',
    'office load on a Sunday night',
  ])('find every %s', (name) => {
    expect(of(name).recall).toBe(1)
  })

  test.each(['month end', 'sparse requests', 'empty nights and weekends'])(
    'give at most one false alert a team in ten weeks: %s',
    (name) => {
      expect(of(name).falsePerTeamWeek).toBeLessThanOrEqual(0.1)
    },
  )

  test('find a spike within a quarter of an hour', () => {
    expect(of('spike')).toMatchObject({ medianDetectMinutes: 10 })
  })

  test('give at most one false alert a team in ten weeks, and find twice what the plain daily rule finds', () => {
    expect(live?.all.falsePerTeamWeek).toBeLessThanOrEqual(0.1)
    expect(live?.all.found).toBeGreaterThanOrEqual(2 * (plain?.all.found ?? NaN))
  })
})
