import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { ControlEntities, ControlEntityKind } from '../../control/control-entities.ts'
import type { ControlChange } from '../../control/control-event.ts'
import { foldControlEvent, type OrganizationView } from '../../organization/organization-view.ts'
import type { ScopeId } from '../../scope/scope.ts'
import type { AlertBook } from './alert-book.ts'
import type { SpendAlert } from '../spend-alert.ts'
import { createAlertBook } from './alert-book.ts'
import { alertOf, HOUR_MS, MINUTE_MS, routeOf, silenceOf, START_MS, viewOf } from './book.test-data.ts'
import { createDelivery, MAX_ALERTS_PER_DELIVERY } from './delivery.ts'
import type { Delivery } from './delivery.ts'

const WARNING = alertOf()
const at = (ms: number): string => new Date(ms).toISOString()
const resolved = (ms: number) => alertOf({ version: 2, state: 'resolved', at: at(ms) })

describe('an alert', () => {
  test('is said once its group has waited, and not again once it was taken over', () => {
    const { book, take } = bookOf(viewOf(['alert_route', routeOf()]))
    book.foldAlert(WARNING)
    expect(take(START_MS + MINUTE_MS - 1)).toEqual([])
    expect(book.due(START_MS + MINUTE_MS)).toEqual(book.due(START_MS + 2 * MINUTE_MS))
    expect(take(START_MS + MINUTE_MS)).toEqual([['ops', 'fired', ['alert_1']]])
    expect(take(START_MS + HOUR_MS)).toEqual([])
  })

  test('is repeated until somebody acknowledges it, which is said too', () => {
    const view = viewOf(['alert_route', routeOf()])
    const { book, take } = bookOf(view)
    book.foldAlert(WARNING)
    take(START_MS + MINUTE_MS)
    expect(take(START_MS + 4 * HOUR_MS + 2 * MINUTE_MS)).toEqual([['ops', 'repeated', ['alert_1']]])
    mark(view, 'acknowledged', START_MS + 5 * HOUR_MS)
    expect(take(START_MS + 5 * HOUR_MS)).toEqual([['ops', 'acknowledged', ['alert_1']]])
    expect(take(START_MS + 72 * HOUR_MS)).toEqual([])
    expect(book.standing('alert_1', START_MS + 72 * HOUR_MS)).toMatchObject({ state: 'acknowledged' })
  })

  test('that is a reminder is said once, whatever the route repeats, and to whom its scope belongs', () => {
    const review = alertOf({ rule: 'limit_review', severity: 'info', scope: 'user:ada', about: 'limit:ada' })
    const routed = bookOf(viewOf(['alert_route', routeOf()]))
    routed.book.foldAlert(review)
    expect(routed.take(START_MS + MINUTE_MS)).toEqual([['ops', 'fired', ['alert_1']]])
    expect(routed.take(START_MS + 72 * HOUR_MS)).toEqual([])
    const person = (id: string, role: 'team_lead' | 'viewer', scope: ScopeId) => ({
      id,
      email: `${id}@example.com`,
      name: id,
      status: 'active' as const,
      bindings: [{ role, scope }],
      password_hash: null,
      oidc_subject: null,
      sessions_valid_from_ms: 0,
    })
    const view = viewOf(
      ['user', person('ada', 'viewer', 'team:payments')],
      ['user', person('grace', 'team_lead', 'team:payments')],
      ['user', person('joan', 'team_lead', 'team:other')],
    )
    const byDefault = bookOf(view)
    byDefault.book.foldAlert(review)
    expect(byDefault.take(START_MS + HOUR_MS)).toEqual([['email:grace@example.com', 'fired', ['alert_1']]])
    expect(byDefault.take(START_MS + 72 * HOUR_MS)).toEqual([])
  })

  test('of the level warning escalates a day later, unless it was acknowledged', () => {
    const { book, take } = bookOf(viewOf(['alert_route', routeOf({ repeat_interval_ms: 48 * HOUR_MS })]))
    book.foldAlert(WARNING)
    book.foldAlert(alertOf({ id: 'alert_2', severity: 'critical' }))
    take(START_MS + MINUTE_MS)
    expect(take(START_MS + 24 * HOUR_MS - 1)).toEqual([])
    expect(take(START_MS + 24 * HOUR_MS)).toEqual([['boss', 'escalated', ['alert_1']]])
    expect(take(START_MS + 25 * HOUR_MS)).toEqual([])
  })

  test('that is over is said to whom it was said, also by the word of a person', () => {
    const view = viewOf(['alert_route', routeOf()])
    const { book, take } = bookOf(view)
    book.foldAlert(WARNING)
    take(START_MS + MINUTE_MS)
    mark(view, 'resolved', START_MS + HOUR_MS)
    expect(take(START_MS + HOUR_MS + MINUTE_MS)).toEqual([['ops', 'resolved', ['alert_1']]])
    book.foldAlert(resolved(START_MS + 2 * HOUR_MS))
    expect(take(START_MS + 3 * HOUR_MS)).toEqual([])
  })

  test('that came and went while nobody delivered is told once, if it lasted', () => {
    const { book, take } = bookOf(viewOf(['alert_route', routeOf()]))
    book.foldAlert(resolved(START_MS + HOUR_MS))
    book.foldAlert(WARNING)
    expect(take(START_MS + 3 * HOUR_MS)).toEqual([])
    const other = bookOf(viewOf(['alert_route', routeOf()]))
    other.book.foldAlert(WARNING)
    other.book.foldAlert(resolved(START_MS + HOUR_MS))
    expect(other.take(START_MS + 3 * HOUR_MS)).toEqual([['ops', 'resolved', ['alert_1']]])
    const brief = bookOf(viewOf(['alert_route', routeOf()]))
    brief.book.foldAlert(WARNING)
    brief.book.foldAlert(resolved(START_MS + 10_000))
    expect(brief.take(START_MS + 3 * HOUR_MS)).toEqual([])
  })

  test('is forgotten a month after its end', () => {
    const { book } = bookOf(viewOf())
    book.foldAlert(WARNING)
    book.foldAlert(resolved(START_MS + HOUR_MS))
    book.forget(START_MS + 700 * HOUR_MS)
    expect(book.standings(START_MS)).toHaveLength(1)
    book.forget(START_MS + 722 * HOUR_MS)
    expect(book.standings(START_MS)).toEqual([])
  })
})

describe('a silence', () => {
  test('keeps what is new until its end, and lets the end of what was said through', () => {
    const view = viewOf(['alert_route', routeOf()])
    const { book, take } = bookOf(view)
    book.foldAlert(WARNING)
    take(START_MS + MINUTE_MS)
    view.entities.silence.set('quiet', silenceOf({ starts_at_ms: START_MS + 2 * MINUTE_MS }))
    book.foldAlert(alertOf({ id: 'alert_2', at: at(START_MS + 10 * MINUTE_MS) }))
    book.foldAlert(resolved(START_MS + 20 * MINUTE_MS))
    expect(take(START_MS + 30 * MINUTE_MS)).toEqual([['ops', 'resolved', ['alert_1']]])
    expect(book.standing('alert_2', START_MS + 30 * MINUTE_MS)?.silenced_by).toEqual(['quiet'])
    expect(take(START_MS + HOUR_MS)).toEqual([])
    expect(take(START_MS + HOUR_MS + MINUTE_MS)).toEqual([['ops', 'fired', ['alert_2']]])
  })

  test('is about what it matches: severities, rules, environments, a scope and all below it', () => {
    const key = {
      id: 'key_1',
      project: 'auth',
      environment: 'prod',
      status: 'active',
      labels_from: 'registry',
      labels: {},
      may_send_for_others: false,
      secret_prefix: '',
      secret_salt: '',
      secret_hash: '',
    } as const
    const driver = {
      dimension: 'api_key',
      value: 'key_1',
      credits_micro: 1,
      previous_credits_micro: 0,
    } as const
    const silenced = (match: Partial<ReturnType<typeof silenceOf>['match']>): boolean => {
      const silence = silenceOf({ match: { ...silenceOf().match, ...match } })
      const { book } = bookOf(viewOf(['silence', silence], ['api_key', key]))
      book.foldAlert(alertOf({ drivers: [driver] }))
      return book.standing('alert_1', START_MS)?.silenced_by.length === 1
    }
    expect(
      [
        { severities: ['warning' as const] },
        { rules: ['budget_threshold'] },
        { scopes: ['team:*' as const] },
        { scopes: ['billing_group:bg' as const] },
        { environments: ['prod'] },
      ].map(silenced),
    ).toEqual([true, true, true, true, true])
    expect(
      [
        { severities: ['info' as const] },
        { rules: ['anomaly_daily'] },
        { scopes: ['team:search' as const, 'project:*' as const] },
        { environments: ['dev'] },
      ].map(silenced),
    ).toEqual([false, false, false, false])
  })
})

describe('a hard cap', () => {
  const cap = alertOf({ id: 'alert_cap', severity: 'hard_cap', threshold: 1 })

  test('silences the lower thresholds of the same allocation and month, and no others, until it is over', () => {
    const { book, take } = bookOf(viewOf(['alert_route', routeOf({ group_wait_ms: 0 })]))
    book.foldAlert(WARNING)
    book.foldAlert(alertOf({ id: 'alert_90', severity: 'critical', threshold: 0.9 }))
    book.foldAlert(cap)
    book.foldAlert(alertOf({ id: 'alert_z', allocation_id: 'other' }))
    expect(take(START_MS)).toEqual([
      ['ops', 'fired', ['alert_cap']],
      ['ops', 'fired', ['alert_z']],
    ])
    expect(book.standing('alert_90', START_MS)).toMatchObject({ inhibited_by: 'alert_cap', state: 'firing' })
    book.foldAlert({ ...cap, version: 2, state: 'resolved', at: at(START_MS + HOUR_MS) })
    expect(take(START_MS + HOUR_MS)).toEqual([
      ['ops', 'fired', ['alert_1']],
      ['ops', 'fired', ['alert_90']],
      ['ops', 'resolved', ['alert_cap']],
    ])
  })

  test('that is forgotten keeps nothing from being said any more', () => {
    const { book, take } = bookOf(viewOf(['alert_route', routeOf({ group_wait_ms: 0 })]))
    const nowMs = START_MS + 31 * 24 * HOUR_MS
    book.foldAlert(cap)
    book.foldAlert({ ...cap, version: 2, state: 'resolved', at: at(START_MS + HOUR_MS) })
    book.foldAlert(WARNING)
    book.foldAlert(resolved(nowMs - HOUR_MS))
    expect(take(nowMs)).toEqual([])
    book.forget(nowMs)
    expect(take(nowMs)).toEqual([['ops', 'resolved', ['alert_1']]])
  })
})

describe('routes', () => {
  const person = {
    id: 'u1',
    name: '',
    email: 'lead@example.com',
    status: 'active',
    bindings: [{ role: 'finance', scope: 'department:product' }],
    password_hash: null,
    oidc_subject: null,
    sessions_valid_from_ms: 0,
  } as const

  test('are taken by position, the first that matches, and the next ones where it says so', () => {
    const { book, take } = bookOf(
      viewOf(
        ['alert_route', routeOf({ id: 'b', position: 2, channels: ['second', 'ops'], group_wait_ms: 0 })],
        ['alert_route', routeOf({ id: 'a', position: 1, continue: true, group_wait_ms: 0 })],
        ['alert_route', routeOf({ id: 'c', position: 3, channels: ['third'] })],
      ),
    )
    book.foldAlert(WARNING)
    expect(take(START_MS)).toEqual([
      ['ops', 'fired', ['alert_1']],
      ['second', 'fired', ['alert_1']],
    ])
  })

  test('without any, an alert goes to whom it names and whose role it is; where nobody is, to every channel', () => {
    const channel = { id: 'ops', type: 'slack', settings: { channel: '#ops' } } as const
    const lead = { ...person, bindings: [{ role: 'team_lead', scope: 'department:product' }] } as const
    const channels = (view: OrganizationView, notify: readonly string[]): string[] => {
      const { book } = bookOf(view)
      book.foldAlert(alertOf({ notify }))
      return book.due(START_MS + HOUR_MS).map((delivery) => delivery.channel)
    }
    const notify = ['finance@example.com', '#ops', '#other', 'https://example.com/hook', 'nobody']
    expect(channels(viewOf(['channel', channel], ['user', lead]), notify).sort()).toEqual([
      'email:finance@example.com',
      'email:lead@example.com',
      'ops',
      'slack:#other',
      'webhook:https://example.com/hook',
    ])
    expect(channels(viewOf(['channel', channel]), [])).toEqual(['ops'])
    expect(channels(viewOf(), [])).toEqual([])
  })

  const team = (department: string) => ({ id: 'payments', name: 'Payments', department, cost_center: 'CC' })
  test.each<[string, ControlChange, readonly string[]]>([
    ['a route', put('alert_route', routeOf({ channels: ['routed'] })), ['routed']],
    [
      'a channel',
      put('channel', { id: 'lead@example.com', type: 'email', settings: {} }),
      ['lead@example.com'],
    ],
    ['a role', put('user', { ...person, bindings: [] }), []],
    ['a person', put('user', { ...person, email: 'new@example.com' }), ['email:new@example.com']],
    ['a person who left', { kind: 'user', id: 'u1', type: 'removed' }, []],
    ['the tree', put('team', team('elsewhere')), []],
  ])('are those of the organization as it is when asked: %s', (_what, change, channels) => {
    const view = viewOf(['user', person])
    const { book } = bookOf(view)
    book.foldAlert(WARNING)
    const told = () => book.due(START_MS + HOUR_MS).map(({ channel }) => channel)
    expect(told()).toEqual(['email:lead@example.com'])
    fold(view, change)
    expect(told()).toEqual(channels)
  })

  test('are those of the newest version of the alert', () => {
    const critical = routeOf({ match: { severities: ['critical'], rules: [], scopes: [], environments: [] } })
    const { book } = bookOf(viewOf(['alert_route', critical]))
    book.foldAlert(WARNING)
    expect(book.due(START_MS + HOUR_MS)).toEqual([])
    book.foldAlert(alertOf({ version: 2, severity: 'critical' }))
    expect(book.due(START_MS + HOUR_MS).map(({ channel }) => channel)).toEqual(['ops'])
  })

  test('group what has the same values, up to a bound', () => {
    const { book } = bookOf(viewOf(['alert_route', routeOf({ group_by: ['rule'] })]))
    const count = MAX_ALERTS_PER_DELIVERY + 1
    for (let each = 0; each < count; each++) book.foldAlert(alertOf({ id: `alert_${each}` }))
    const due = book.due(START_MS + MINUTE_MS)
    expect(due.map(({ alerts }) => alerts.length)).toEqual([MAX_ALERTS_PER_DELIVERY, 1])
    expect(new Set(due.map(({ id }) => id)).size).toBe(2)
  })
})

test('every alert that lasts is said once to each channel, whenever the notifier asks and however often it starts anew', () => {
  const lives = fc.array(
    fc.record({
      fromMs: fc.integer({ min: 0, max: 6 * HOUR_MS }),
      lastsMs: fc.integer({ min: 2 * MINUTE_MS, max: 20 * HOUR_MS }),
      allocation: fc.constantFrom('a', 'b'),
    }),
    { minLength: 1, maxLength: 8 },
  )
  const steps = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 3 * HOUR_MS }), crash: fc.boolean() }), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(lives, steps, (all, asks) => {
      const view = viewOf(['alert_route', routeOf({ repeat_interval_ms: 1_000 * HOUR_MS, escalate_to: [] })])
      const records = all.flatMap(({ fromMs, lastsMs, allocation }, index) => {
        const alert = alertOf({
          id: `alert_${index}`,
          allocation_id: allocation,
          at: at(START_MS + fromMs),
        })
        const endMs = START_MS + fromMs + lastsMs
        return [alert, { ...alert, version: 2, state: 'resolved' as const, at: at(endMs) }]
      })
      const taken: Delivery[] = []
      let book = createAlertBook(view)
      const foldUntil = (nowMs: number): void => {
        for (const alert of records) if (Date.parse(alert.at) <= nowMs) book.foldAlert(alert)
      }
      const ask = (nowMs: number): void => {
        foldUntil(nowMs)
        for (const delivery of book.due(nowMs)) {
          book.foldDelivery(delivery)
          taken.push(delivery)
        }
      }
      let nowMs = START_MS
      for (const { ms, crash } of asks) {
        nowMs += ms
        if (crash) {
          book = createAlertBook(view)
          for (const delivery of taken) book.foldDelivery(delivery)
        }
        ask(nowMs)
      }
      const doneMs = Math.max(nowMs, START_MS + 27 * HOUR_MS)
      ask(doneMs)
      expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length)
      for (const [index, { fromMs, lastsMs }] of all.entries()) {
        const said = taken.filter(({ alerts }) => alerts.some(({ id }) => id === `alert_${index}`))
        const occasions = said.map(({ occasion }) => occasion)
        expect(occasions.filter((each) => each === 'fired').length).toBeLessThanOrEqual(1)
        // Whoever asks only once a day after the end is not told any more.
        const isRecent = doneMs - (START_MS + fromMs + lastsMs) < 20 * HOUR_MS
        expect(isRecent ? occasions.at(-1) : 'resolved').toBe('resolved')
        expect(occasions.filter((each) => each === 'resolved').length).toBeLessThanOrEqual(1)
      }
    }),
    { numRuns: 100 },
  )
})

test('a book that was asked every now and then says what one says that is asked for the first time', () => {
  const alertId = fc.constantFrom('alert_1', 'alert_2', 'alert_3')
  const steps = fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('asks' as const),
        ms: fc.integer({ min: -40 * HOUR_MS, max: 40 * HOUR_MS }),
      }),
      fc.record({ kind: fc.constant('takes' as const), ms: fc.integer({ min: 1, max: 9 * HOUR_MS }) }),
      fc.record({ kind: fc.constant('said' as const), id: alertId }),
      fc.record({
        kind: fc.constant('alert' as const),
        id: alertId,
        state: fc.constantFrom('firing' as const, 'resolved' as const),
        severity: fc.constantFrom('warning' as const, 'hard_cap' as const),
        rule: fc.constantFrom('budget_threshold' as const, 'limit_review' as const),
      }),
      fc.record({
        kind: fc.constant('silence' as const),
        id: fc.constant('s1'),
        starts_at_ms: fc.integer({ min: 0, max: 20 * HOUR_MS }),
        ends_at_ms: fc.integer({ min: 20 * HOUR_MS, max: 60 * HOUR_MS }),
        isOver: fc.boolean(),
      }),
      fc.record({
        kind: fc.constant('mark' as const),
        id: alertId,
        state: fc.constantFrom('acknowledged' as const, 'resolved' as const, undefined),
      }),
      fc.record({
        kind: fc.constant('route' as const),
        channels: fc.subarray(['ops', 'desk']),
        escalate_to: fc.subarray(['boss']),
        repeat_interval_ms: fc.constantFrom(HOUR_MS, 4 * HOUR_MS),
      }),
    ),
    { maxLength: 60, size: 'max' },
  )
  const of = { kind: 'alert', rule: 'budget_threshold' } as const
  // Both were found here: a repetition that waited for an alert's begin, and a hard cap whose end was not noticed.
  const AHEAD_OF_OUR_CLOCK = [
    { kind: 'said' as const, id: 'alert_3' as const },
    { kind: 'takes' as const, ms: 4 * HOUR_MS + 1 },
    { ...of, id: 'alert_3' as const, state: 'firing' as const, severity: 'warning' as const },
    { kind: 'asks' as const, ms: -1 },
    { kind: 'takes' as const, ms: 60_000 },
  ]
  const NO_HARD_CAP_ANY_MORE = [
    { ...of, id: 'alert_2' as const, state: 'firing' as const, severity: 'hard_cap' as const },
    { ...of, id: 'alert_1' as const, state: 'firing' as const, severity: 'warning' as const },
    { kind: 'takes' as const, ms: 1 },
    { ...of, id: 'alert_2' as const, state: 'resolved' as const, severity: 'warning' as const },
    { kind: 'takes' as const, ms: 60_000 },
  ]
  fc.assert(
    fc.property(steps, (all) => {
      const view = viewOf(['alert_route', routeOf()])
      const asked = createAlertBook(view)
      const alerts: SpendAlert[] = []
      const taken: Delivery[] = []
      const answers: (readonly [Delivery[], Delivery[]])[] = []
      let nowMs = START_MS
      const first = (): AlertBook => {
        const book = createAlertBook(view)
        for (const alert of alerts) book.foldAlert(alert)
        for (const delivery of taken) book.foldDelivery(delivery)
        return book
      }
      for (const step of all) {
        switch (step.kind) {
          case 'asks':
          case 'takes': {
            const due = asked.due(nowMs + step.ms)
            answers.push([due, first().due(nowMs + step.ms)])
            if (step.kind === 'asks') break
            nowMs += step.ms
            for (const delivery of due) asked.foldDelivery(delivery)
            taken.push(...due)
            break
          }
          case 'said': {
            const delivery = createDelivery({
              channel: 'ops',
              route: 'route',
              group: '',
              occasion: 'fired',
              due_ms: nowMs,
              alerts: [alertOf({ id: step.id })],
            })
            asked.foldDelivery(delivery)
            taken.push(delivery)
            break
          }
          case 'alert': {
            const { id, state, severity, rule } = step
            const alert = alertOf({ id, state, severity, rule, version: alerts.length + 1, at: at(nowMs) })
            alerts.push(alert)
            asked.foldAlert(alert)
            break
          }
          case 'silence': {
            const { id, isOver, starts_at_ms, ends_at_ms } = step
            const silence = silenceOf({
              id,
              starts_at_ms: START_MS + starts_at_ms,
              ends_at_ms: START_MS + ends_at_ms,
            })
            fold(view, isOver ? { kind: 'silence', id, type: 'removed' } : put('silence', silence))
            break
          }
          case 'mark': {
            const { id, state } = step
            fold(
              view,
              state === undefined
                ? { kind: 'alert_mark', id, type: 'removed' }
                : put('alert_mark', { id, state, by: 'user:u1', at_ms: nowMs, note: '' }),
            )
            break
          }
          case 'route': {
            const { channels, escalate_to, repeat_interval_ms } = step
            fold(view, put('alert_route', routeOf({ channels, escalate_to, repeat_interval_ms })))
          }
        }
      }
      for (const [again, fresh] of answers) expect(again).toEqual(fresh)
    }),
    { numRuns: 300, examples: [[AHEAD_OF_OUR_CLOCK], [NO_HARD_CAP_ANY_MORE]] },
  )
})

function bookOf(view: OrganizationView) {
  const book = createAlertBook(view)
  return { book, take: (nowMs: number) => take(book, nowMs) }
}

/** What is due, taken over. */
function take(book: AlertBook, nowMs: number) {
  const due = book.due(nowMs)
  for (const delivery of due) book.foldDelivery(delivery)
  return due
    .map(({ channel, occasion, alerts }) => [channel, occasion, alerts.map(({ id }) => id)] as const)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

function put<K extends ControlEntityKind>(kind: K, data: ControlEntities[K] & { readonly id: string }) {
  return { kind, id: data.id, type: 'put', data } as ControlChange
}

function fold(view: OrganizationView, change: ControlChange): void {
  foldControlEvent(
    view,
    { schema: 1, command_id: 'c', at_ms: 0, actor: 'user:u1', ...change },
    view.offset + 1,
  )
}

function mark(view: OrganizationView, state: 'acknowledged' | 'resolved', at_ms: number): void {
  fold(view, put('alert_mark', { id: 'alert_1', state, by: 'user:u1', at_ms, note: '' }))
}
