import type { BurnChange, SeasonalPane } from '@meterline/domain'
import { createSpendDetector, SilenceWatch, RequestRun } from '@meterline/domain'

import type { BurnState } from './burn-state.ts'
import type { ScopeBurn } from './scope-burn.ts'
import { HOUR_HEAD_NUMBERS } from './write-watched.ts'

/** Applies a record of a detector, of one hour of it, or of a watch. A former version wrote whole detectors, and silence by itself. */
export function restoreWatched(state: BurnState, scope: ScopeBurn, change: BurnChange): void {
  const { kind, name, numbers } = change
  if (kind === 'detector_hour') return restoreHour(state, scope, change)
  if (name === 'silence') {
    scope.silence = new SilenceWatch(numbers)
    return
  }
  if (name === 'unrated' || name === 'rejected') {
    const run = (scope[name] = new RequestRun(numbers))
    if (run.requests > 0) state[name].add(scope)
    return
  }
  const [score, ...snapshot] = numbers
  const pane = seasonalPaneOf(name)
  restoreScore(scope, pane, score)
  state.watchedPane(scope, pane).detector = createSpendDetector(pane, state.detectorOptions, snapshot)
}

/** The whole detector is gone, and with it its hours. */
export function removeWatched(scope: ScopeBurn, name: string): void {
  if (name === 'silence' || name === 'unrated' || name === 'rejected') scope[name] = undefined
  else scope.detectors.delete(seasonalPaneOf(name))
}

function restoreHour(state: BurnState, scope: ScopeBurn, { name, pane: slot, numbers }: BurnChange): void {
  const [hourOfWeek = 0, score, silenceNumbers = 0] = numbers
  const pane = seasonalPaneOf(name)
  const silenceEnd = HOUR_HEAD_NUMBERS + silenceNumbers
  restoreScore(scope, pane, score)
  if (silenceNumbers > 0) scope.silence = new SilenceWatch(numbers.slice(HOUR_HEAD_NUMBERS, silenceEnd))
  const watched = state.watchedPane(scope, pane)
  watched.detector.restoreHour(hourOfWeek, numbers.slice(silenceEnd))
  watched.goOnFrom({ slot, hourOfWeek })
}

function restoreScore(scope: ScopeBurn, pane: SeasonalPane, score: number | undefined): void {
  if (pane === '5m') scope.seasonalScore = score === undefined || Number.isNaN(score) ? null : score
}

function seasonalPaneOf(name: string): SeasonalPane {
  return name === '1h' ? '1h' : '5m'
}
