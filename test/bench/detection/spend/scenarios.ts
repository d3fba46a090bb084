import type { LocalPane } from './local-panes.ts'
import { DAYS, LOCAL_PANES, PANES_PER_DAY } from './local-panes.ts'
import { seededRandom } from './random.ts'
import type { Profile } from './usual-spend.ts'

/** Panes that are truly anomalous, `from` included, `to` not: an alert that begins in them is right. */
export interface TrueSpan {
  readonly from: number
  readonly to: number
}

export interface Scenario {
  readonly name: string
  /** Undefined where nothing is wrong, and every alert is false. */
  readonly span: TrueSpan | undefined
  /** What the pane holds, given what it usually would. */
  readonly spend: (usualMicro: number, pane: number, local: LocalPane, busyMicro: number) => number
}

const HOUR = 12
const at = (day: number, hour: number): number => day * PANES_PER_DAY + hour * HOUR
const within = (pane: number, span: TrueSpan): boolean => pane >= span.from && pane < span.to

// Day 49 is Monday, 19 October; day 55 the Sunday on which summer time ends.
const spike = { from: at(50, 11), to: at(50, 12) }
// For a week every hour of the week is new to whoever knows only the old level.
const shift = { from: at(49, 9), to: at(56, 9) }
const leak = { from: at(49, 0), to: at(70, 0) }
const silence = { from: at(51, 9), to: at(51, 17) }
const flood = { from: at(52, 10), to: at(52, 14) }
const sundayNight = { from: at(48, 2), to: at(48, 4) }
const LEAK_PER_DAY = 0.05
const BIRTH = at(28, 9)

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'spike (6× for an hour)',
    span: spike,
    spend: (usual, pane) => (within(pane, spike) ? 6 * usual : usual),
  },
  {
    name: 'level shift (2.5×, stays)',
    span: shift,
    spend: (usual, pane) => (pane >= shift.from ? 2.5 * usual : usual),
  },
  {
    name: 'slow leak (5 % more each day)',
    span: leak,
    spend: (usual, pane) =>
      pane < leak.from
        ? usual
        : usual * (1 + LEAK_PER_DAY * Math.min(21, (pane - leak.from) / PANES_PER_DAY)),
  },
  {
    name: 'drop to zero (eight hours)',
    span: silence,
    spend: (usual, pane) => (within(pane, silence) ? 0 : usual),
  },
  {
    // Cached input costs a tenth: thirty times the requests for four hours is three times the spend.
    name: 'cache-read flood (3× for four hours)',
    span: flood,
    spend: (usual, pane) => (within(pane, flood) ? 3 * usual : usual),
  },
  {
    name: 'office load on a Sunday night',
    span: sundayNight,
    spend: (usual, pane, _local, busy) => (within(pane, sundayNight) ? usual + busy : usual),
  },
  { name: 'nothing (nights, weekends, end of summer time)', span: undefined, spend: (usual) => usual },
  {
    name: 'new team (begins on day 28)',
    span: undefined,
    spend: (usual, pane) => (pane < BIRTH ? 0 : usual),
  },
  {
    name: 'weekly job (Saturdays, six hours)',
    span: undefined,
    spend: (usual, _pane, { hour, weekday }, busy) =>
      weekday === 5 && hour >= 8 && hour < 14 ? usual + busy : usual,
  },
  {
    name: 'month end (twice as much, all day)',
    span: undefined,
    spend: (usual, _pane, { isLastDayOfMonth }) => (isLastDayOfMonth ? 2 * usual : usual),
  },
  {
    name: 'empty nights and weekends',
    span: undefined,
    spend: (usual, _pane, local) => (isOffice(local) ? usual : 0),
  },
  {
    name: 'sparse requests (one pane in eight)',
    span: undefined,
    spend: (usual, pane) => (chance(pane) < 1 / 8 ? 8 * usual : 0),
  },
  {
    name: 'part-time team (each day off by one chance in five)',
    span: undefined,
    spend: (usual, pane, local) => (isOffice(local) && chance(dayOf(pane)) >= 0.2 ? usual : 0),
  },
  {
    name: 'public holiday (nothing all Thursday)',
    span: undefined,
    spend: (usual, pane) => (dayOf(pane) === 52 ? 0 : usual),
  },
  {
    name: 'drop to zero, where nights and weekends are empty',
    span: silence,
    spend: (usual, pane, local) => (isOffice(local) && !within(pane, silence) ? usual : 0),
  },
]

const isOffice = ({ hour, weekday }: LocalPane): boolean => hour >= 8 && hour < 18 && weekday < 5
const dayOf = (pane: number): number => Math.floor(pane / PANES_PER_DAY)
/** In [0, 1), by the number alone. */
const chance = (number: number): number => seededRandom(number)()

/** `usual` with the scenario in it, in micro-credits. */
export function scenarioSpend(scenario: Scenario, profile: Profile, usual: Float64Array): Float64Array {
  const busyMicro = profile.busyCredits * 1_000_000
  return usual.map((micro, pane) => {
    const local = LOCAL_PANES[pane]
    return local === undefined ? micro : Math.round(scenario.spend(micro, pane, local, busyMicro))
  })
}

/** Alerts before this pane are not counted: every rule may learn for four weeks. */
export const FIRST_JUDGED_PANE = at(28, 0)
export const JUDGED_WEEKS = (DAYS - 28) / 7
