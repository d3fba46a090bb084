import type { BurnChange, ScopeId, SeasonalPane } from '@meterline/domain'
import { SEASONAL_PANES, SilenceWatch } from '@meterline/domain'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { BurnState } from './burn-state.ts'
import { restoreChange, restoreRemoval } from './restore-change.ts'
import type { ScopeBurn } from './scope-burn.ts'
import { HOURS_PER_WHOLE } from './watched-pane.ts'
import { changeKey, otherChanges } from './write-changes.ts'
import { watchedChanges } from './write-watched.ts'

const MONDAY_MS = Date.UTC(2026, 10, 2)
const CREDIT = 1_000_000
const SCOPES: readonly ScopeId[] = ['team:core', 'team:a|detector_hour|5m', 'org:acme']

/** A record of the changelog; `undefined`: a tombstone. */
interface Written {
  readonly key: string
  readonly change: BurnChange | undefined
}

const EMPTY = { credits_micro: 0, requests: 0, seconds: [], above: [], drivers: [], text: null } as const

/** Some panes, closely or with gaps between them, of one length in one scope; then perhaps a commit, a crash. */
const steps = fc.array(
  fc.record({
    scope: fc.constantFrom(...SCOPES),
    pane: fc.constantFrom<SeasonalPane>('5m', '1h'),
    panes: fc.integer({ min: 1, max: 60 }),
    gapHours: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 200 }) },
    ),
    credits: fc.integer({ min: 0, max: 90 }),
    isSilent: fc.boolean(),
    after: fc.constantFrom('go on', 'commit', 'commit', 'commit and restart', 'lose and restart', 'remove'),
  }),
  { maxLength: 40 },
)

test('a restart from the changelog, compacted up to anywhere, finds the detectors as they were', () => {
  fc.assert(
    fc.property(steps, fc.nat(), (all, compactedTo) => {
      const world = new World()
      for (const step of all) world.take(step)
      world.commit()
      expect(snapshotOf(restored(compacted(world.log, compactedTo)))).toEqual(snapshotOf(world.state))
      expect(snapshotOf(restored(compacted(world.log, Infinity)))).toEqual(snapshotOf(world.state))
    }),
    { numRuns: 150 },
  )
})

test('a log that a former version wrote, whole detectors and silence by itself, is gone on from', () => {
  fc.assert(
    fc.property(steps, steps, fc.nat(), (before, after, compactedTo) => {
      const former = new World()
      for (const step of before) former.take(step)
      former.commit()
      const log = asFormerlyWritten(former.state)
      const upgraded = new World(log)
      expect(detectorsOf(upgraded.state)).toEqual(detectorsOf(former.state))
      for (const step of after) upgraded.take(step)
      upgraded.commit()
      expect(snapshotOf(restored(compacted(upgraded.log, compactedTo)))).toEqual(snapshotOf(upgraded.state))
    }),
    { numRuns: 80 },
  )
})

describe('of what one pane after another writes', () => {
  test('each is a few numbers, and one in a day of hours is whole', () => {
    const world = new World()
    const days = 5
    for (let hour = 0; hour < days * 24; hour++) {
      world.observe('team:core', '5m', { panes: 12, gapHours: 0, credits: 5, isSilent: false })
      world.commit()
    }
    const kinds = Object.groupBy(world.log, ({ change }) => change?.kind ?? 'gone')
    expect(kinds.detector?.length).toBe(days)
    expect(kinds.detector_hour?.length).toBe(days * 24)
    expect(Math.max(...(kinds.detector_hour ?? []).map(({ change }) => change?.numbers.length ?? 0))).toBe(15)
    expect(new Set((kinds.detector_hour ?? []).map(({ key }) => key)).size).toBe(HOURS_PER_WHOLE)
  })

  test('the wholes of many scopes fall on all hours of a day alike', () => {
    const world = new World()
    const scopes = Array.from({ length: 480 }, (_, team): ScopeId => `team:team-${team}`)
    const wholes: number[] = []
    for (let hour = 0; hour < 48; hour++) {
      for (const scope of scopes)
        world.observe(scope, '1h', { panes: 1, gapHours: 0, credits: 1, isSilent: false })
      const before = world.log.length
      world.commit()
      wholes.push(world.log.slice(before).filter(({ change }) => change?.kind === 'detector').length)
    }
    expect(Math.max(...wholes)).toBeLessThan(3 * (scopes.length / HOURS_PER_WHOLE))
  })
})

interface Step {
  readonly panes: number
  readonly gapHours: number
  readonly credits: number
  readonly isSilent: boolean
}

/** Scopes whose panes are observed, and the log of what is committed. */
class World {
  readonly log: Written[]
  state: BurnState
  readonly #nextMs = new Map<string, number>()
  #committedMs = new Map<string, number>()

  constructor(log: readonly Written[] = []) {
    this.log = [...log]
    this.state = restored(log)
  }

  take({ scope, pane, after, ...step }: Step & { scope: ScopeId; pane: SeasonalPane; after: string }): void {
    this.observe(scope, pane, step)
    if (after === 'remove') this.state.remove(this.state.scope(scope))
    if (after !== 'go on' && after !== 'lose and restart') this.commit()
    if (after === 'commit and restart' || after === 'lose and restart') {
      this.state = restored(this.log)
      for (const [key, atMs] of this.#committedMs) this.#nextMs.set(key, atMs)
    }
  }

  observe(id: ScopeId, pane: SeasonalPane, { panes, gapHours, credits, isSilent }: Step): void {
    const key = `${id} ${pane}`
    const scope = this.state.scope(id)
    let atMs = (this.#nextMs.get(key) ?? MONDAY_MS) + gapHours * SEASONAL_PANES['1h']
    for (let index = 0; index < panes; index++) {
      const value = (credits + (index % 7)) * CREDIT
      const { score } = this.state.watchedPane(scope, pane).observe({ timestampMs: atMs, value })
      if (pane === '5m') {
        scope.seasonalScore = score
        if (isSilent) observeSilence(scope, atMs)
      }
      scope.marks.markDetectors()
      atMs += SEASONAL_PANES[pane]
    }
    this.#nextMs.set(key, atMs)
  }

  commit(): void {
    this.#committedMs = new Map(this.#nextMs)
    for (const scope of this.state.takeMarked()) {
      if (scope.marks.takeDetectors()) {
        watchedChanges(scope, (change) => {
          this.log.push({ key: changeKey(change), change: { ...EMPTY, ...change } })
        })
      }
      for (const { key, datum } of otherChanges(scope)) {
        if (datum !== null) throw new Error('only what is gone is written here')
        this.log.push({ key, change: undefined })
      }
    }
  }
}

function observeSilence(scope: ScopeBurn, startMs: number): void {
  const ownHour = { level: CREDIT, deviation: CREDIT / 4, samples: 100 }
  const policy = { minimumPanes: 2, evidence: 1, timesLongest: 1, minimumImpactMicro: 1 }
  scope.silence ??= new SilenceWatch()
  scope.silence.observe({ startMs, isActive: startMs % 7 === 0, panesPerHour: 12 }, ownHour, policy)
}

function restored(log: readonly Written[]): BurnState {
  const state = new BurnState()
  for (const { key, change } of log) {
    if (change === undefined) restoreRemoval(state, key)
    else restoreChange(state, change)
  }
  return state
}

/** As the log may look while it is being compacted: of each key the newest record up to there alone, at last no tombstones, and all after it. */
function compacted(log: readonly Written[], to: number): Written[] {
  const head = log.slice(0, to === Infinity ? log.length : to % (log.length + 1))
  const newest = new Map(head.map((record, index) => [record.key, index]))
  const kept = head.filter(
    ({ key, change }, index) => newest.get(key) === index && (to < Infinity || change !== undefined),
  )
  return [...kept, ...log.slice(head.length)]
}

function asFormerlyWritten(state: BurnState): Written[] {
  return [...state.scopes.values()].flatMap((scope) => {
    const written = (name: string, numbers: readonly number[]): Written => {
      const change = { ...EMPTY, kind: 'detector', scope: scope.scope, pane: 0, name, numbers } as const
      return { key: `${scope.scope}|detector|${name}`, change }
    }
    const wholes = Array.from(scope.detectors, ([pane, { detector }]) =>
      written(pane, [scope.seasonalScore ?? Number.NaN, ...detector.snapshot()]),
    )
    return scope.silence === undefined ? wholes : [...wholes, written('silence', scope.silence.snapshot())]
  })
}

function snapshotOf(state: BurnState) {
  return detectorsOf(state).map((each) => ({ ...each, newest: newestOf(state, each.scope) }))
}

/** A scope of which all was removed may be there or not: it holds nothing. */
function detectorsOf(state: BurnState) {
  return [...state.scopes.values()]
    .filter(({ detectors }) => detectors.size > 0)
    .map((scope) => ({
      scope: scope.scope,
      score: scope.detectors.has('5m') ? scope.seasonalScore : null,
      silence: scope.silence?.snapshot(),
      detectors: [...scope.detectors]
        .map(([pane, { detector }]) => [pane, detector.snapshot()] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    }))
    .sort((a, b) => (a.scope < b.scope ? -1 : 1))
}

function newestOf(state: BurnState, scope: ScopeId) {
  const detectors = state.scopes.get(scope)?.detectors ?? new Map()
  return (['5m', '1h'] as const).map((pane) => detectors.get(pane)?.newest)
}
