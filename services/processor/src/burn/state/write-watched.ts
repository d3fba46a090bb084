import type { SeasonalPane } from '@meterline/domain'

import type { NumbersChange } from '../wire/encode-numbers.ts'
import type { ScopeBurn } from './scope-burn.ts'
import type { WatchedPane, WrittenHour } from './watched-pane.ts'

/** The hour of the week, the last score, and how many numbers of the watch of silence follow; then those of the hour. */
export const HOUR_HEAD_NUMBERS = 3

/** Gives to `write` what the changelog lacks of a scope's detectors, as it stands now. */
export function watchedChanges(scope: ScopeBurn, write: (change: NumbersChange) => void): void {
  scope.detectors.forEach((watched, pane) => {
    const { isWhole, hours } = watched.takeDue()
    if (isWhole) write(wholeChange(scope, pane, watched))
    for (const hour of hours) write(hourChange(scope, pane, { watched, hour }))
  })
}

function wholeChange(scope: ScopeBurn, name: SeasonalPane, { detector }: WatchedPane): NumbersChange {
  const numbers = detector.snapshot()
  numbers.unshift(scoreOf(scope))
  return { kind: 'detector', scope: scope.scope, pane: 0, name, numbers }
}

function hourChange(
  scope: ScopeBurn,
  name: SeasonalPane,
  { watched, hour }: { readonly watched: WatchedPane; readonly hour: WrittenHour },
): NumbersChange {
  // Silence is watched with the panes of five minutes, so what changed of it needs no record of its own.
  const silence = name === '5m' ? (scope.silence?.snapshot() ?? []) : []
  const ofHour = watched.detector.hourSnapshot(hour.hourOfWeek)
  const numbers = [hour.hourOfWeek, scoreOf(scope), silence.length, ...silence, ...ofHour]
  return { kind: 'detector_hour', scope: scope.scope, pane: hour.slot, name, numbers }
}

const scoreOf = ({ seasonalScore }: ScopeBurn): number => seasonalScore ?? Number.NaN
