import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import type { ControlChange } from '../control/control-event.ts'
import type { CreditRequest } from '../requests/request-entities.ts'
import type { ScopeId } from '../scope/scope.ts'
import { adjustClosed } from './adjust-closed.ts'
import { correctEntry } from './correct-entry.ts'
import { correctSpend } from './correct-spend.ts'
import { expireGrants } from './expire-grants.ts'
import { grantCredits } from './grant-credits.ts'
import type { LedgerAccount, LedgerEntry, LedgerEntryKind } from './ledger-entities.ts'
import { LEDGER_ENTRY_KINDS } from './ledger-entities.ts'
import { LedgerDraft } from './ledger-draft.ts'
import { allocation, CREDIT, LedgerWorld } from './ledger-world.test-data.ts'
import { previousMonth } from './month.ts'
import { giveRequested } from './temporary-credits.ts'

const DAY_MS = 86_400_000
const PATHS: readonly (readonly ScopeId[])[] = [
  ['billing_group:payments', 'department:checkout', 'team:checkout-web'],
  ['billing_group:payments', 'department:checkout'],
  ['billing_group:payments', 'department:fraud', 'team:risk'],
  ['billing_group:payments'],
]
const SCOPES: readonly ScopeId[] = [...new Set(PATHS.flat())]
const idOf = (scope: ScopeId): string => scope.replace(':', '-')

/** One operation on the world; numbers say which and how much. */
type Operation = readonly [kind: (typeof KINDS)[number], which: number, credits: number, days: number]
const KINDS = [
  'grant',
  'correct_grant',
  'expire',
  'spend',
  'late',
  'pass',
  'due',
  'boost',
  'reserve_draw',
  'allocate',
  'remove',
  'adjust',
  'correct_spend',
] as const

const operation: fc.Arbitrary<Operation> = fc.tuple(
  // What moves time and spend comes more often, so that months are closed and adjusted.
  fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...KINDS) },
    { weight: 2, arbitrary: fc.constantFrom('spend', 'late', 'pass', 'due', 'boost') },
  ),
  fc.nat(3),
  fc.integer({ min: 1, max: 2_000 * CREDIT }),
  fc.integer({ min: 1, max: 40 }),
)

function start(): LedgerWorld {
  const world = new LedgerWorld('2026-01-10T12:00:00Z')
  for (const [index, scope] of SCOPES.entries()) {
    const [put] = [
      allocation({
        id: idOf(scope),
        scope,
        monthly_credits_micro: (1_000 - index * 200) * CREDIT,
        reserve_credits_micro: index * 50 * CREDIT,
        rollover: [0.1, 0, 0.5, 1][index % 4] ?? 0,
        rollover_rest: index % 2 === 0 ? 'return' : 'expire',
        may_overcommit: index % 2 === 0,
      }),
    ]
    if (index < 3) world.apply([put])
  }
  for (const [id, days] of [
    ['opening', null],
    ['short', 45],
  ] as const) {
    const expires_at_ms = days === null ? null : world.nowMs + days * DAY_MS
    const grant = {
      id,
      pool: 'central',
      kind: 'purchase',
      credits_micro: 3_000 * CREDIT,
      priority: 1,
      expires_at_ms,
      reference: '',
    } as const
    world.decide(grantCredits(world.view, grant, world.head()))
  }
  world.due()
  return world
}

function run(world: LedgerWorld, [kind, which, amount, days]: Operation, n: number): void {
  const path = PATHS[which] ?? []
  const scope = path.at(-1) ?? 'billing_group:payments'
  const head = world.head()
  switch (kind) {
    case 'grant':
      world.decide(
        grantCredits(
          world.view,
          {
            id: `g${n}`,
            pool: 'central',
            kind: 'purchase',
            credits_micro: amount,
            priority: which,
            expires_at_ms: which === 0 ? null : head.atMs + days * DAY_MS,
            reference: '',
          },
          head,
        ),
      )
      return
    case 'correct_grant': {
      const entry = [...world.view.entities.grant.keys()][which]
      const decision = correctEntry(world.view, { entry: `grant:${entry ?? ''}`, reason: 'typo' }, head)
      if (decision.ok) world.apply(decision.changes)
      return
    }
    case 'expire':
      world.decide(expireGrants(world.view, head))
      return
    case 'spend':
      world.spend(path, amount)
      return
    case 'late':
      // Within what burn keeps; a correction makes it less.
      world.spend(path, which === 0 ? -amount : amount, head.atMs - Math.min(days, 28) * DAY_MS)
      return
    case 'pass':
      world.nowMs += days * DAY_MS
      return
    case 'due':
      world.due()
      return
    case 'boost':
    case 'reserve_draw': {
      const draft = new LedgerDraft(world.view, head)
      const request = {
        ...REQUEST,
        id: `r${n}`,
        kind,
        subject: `allocation:${idOf(scope)}`,
        credits_micro: amount,
      } as const
      if (giveRequested(draft, request) === undefined) world.apply(draft.changes())
      return
    }
    case 'allocate':
      world.apply([allocation({ id: idOf(scope), scope, monthly_credits_micro: amount, rollover: 0.25 })])
      return
    case 'remove':
      world.apply([{ kind: 'allocation', id: idOf(scope), type: 'removed' }])
      return
    case 'adjust':
      world.decide(adjustClosed(world.view, world.totals(), head))
      return
    case 'correct_spend': {
      const open = [...world.view.entities.allocation_period.values()].findLast(
        ({ state }) => state === 'open',
      )
      if (open === undefined) return
      const correction = {
        id: `s${n}`,
        allocation: idOf(scope),
        period: previousMonth(open.period),
        credits_micro: amount,
        reason: 'old',
      }
      const decision = correctSpend(world.view, correction, head)
      if (decision.ok) world.apply(decision.changes)
    }
  }
}

const REQUEST: Omit<CreditRequest, 'id' | 'kind' | 'subject' | 'credits_micro'> = {
  requested_by: 'user:a',
  requested_at_ms: 0,
  description: 'work',
  state: 'approved',
  approvals: [],
  declined: null,
  answer_by_ms: 0,
  ends_at_ms: null,
  incident: null,
}

const entriesOf = (changes: readonly ControlChange[]): LedgerEntry[] =>
  changes.flatMap((change) => (change.kind === 'ledger_entry' && change.type === 'put' ? [change.data] : []))

/** By account and grant; maps are equal in any order. */
const balances = (view: LedgerWorld['view']) =>
  new Map(
    [...view.ledger.accounts()]
      .map((account) => [account, new Map(view.ledger.lots(account))] as const)
      .filter(([, lots]) => lots.size > 0),
  )

const operations = fc.array(operation, { minLength: 1, maxLength: 40 })
const runs = { numRuns: 150 }

test('no sequence of operations makes or loses a credit, and every balance is the sum of its entries', () => {
  fc.assert(
    fc.property(operations, (sequence) => {
      const world = start()
      for (const [n, each] of sequence.entries()) {
        run(world, each, n)
        expect(world.sumOfAccounts()).toBe(0)
      }
      const sums = new Map<LedgerAccount, number>()
      for (const { postings } of entriesOf(world.log)) {
        expect(postings.reduce((sum, { amount_micro }) => sum + amount_micro, 0)).toBe(0)
        for (const { account, amount_micro } of postings)
          sums.set(account, (sums.get(account) ?? 0) + amount_micro)
      }
      for (const account of world.view.ledger.accounts())
        expect(world.view.ledger.balanceMicro(account)).toBe(sums.get(account))
    }),
    runs,
  )
})

test('a replay of the log gives the same balances, grant by grant, and no entry stands twice', () => {
  fc.assert(
    fc.property(operations, (sequence) => {
      const world = start()
      for (const [n, each] of sequence.entries()) run(world, each, n)
      expect(balances(world.replayed())).toEqual(balances(world.view))
      const ids = entriesOf(world.log).map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
    }),
    runs,
  )
})

/** Found by chance: an allocation, and a correction of one that is gone, gave back credits of a grant that was over by then. */
const GIVEN_BACK_WHEN_OVER: Operation[] = [
  ['pass', 0, 1, 25],
  ['due', 0, 1, 1],
  ['pass', 0, 1, 20],
  ['allocate', 3, 1, 1],
]
const CORRECTED_WHEN_OVER: Operation[] = [
  ['spend', 0, 1, 1],
  ['pass', 0, 1, 22],
  ['remove', 0, 1, 1],
  ['due', 0, 1, 1],
  ['late', 0, 1, 1],
  ['pass', 0, 1, 23],
]

test('what is due is done once: a roll, an expiry, an adjustment asked for again finds nothing to do', () => {
  fc.assert(
    fc.property(operations, (sequence) => {
      const world = start()
      for (const [n, each] of sequence.entries()) run(world, each, n)
      world.due()
      expect(world.due()).toEqual([])
      world.nowMs += 35 * DAY_MS
      world.due()
      expect(world.due()).toEqual([])
    }),
    { ...runs, examples: [[GIVEN_BACK_WHEN_OVER], [CORRECTED_WHEN_OVER]] },
  )
})

test('what an open period may spend is what its account and those below it hold', () => {
  fc.assert(
    fc.property(operations, (sequence) => {
      const world = start()
      for (const [n, each] of sequence.entries()) run(world, each, n)
      world.due()
      const { ledger, entities } = world.view
      const open = [...entities.allocation_period.values()].filter(({ state }) => state === 'open')
      const subtree = (id: string): number =>
        open
          .filter(({ source }) => source === `allocation:${id}`)
          .reduce((sum, below) => sum + subtree(below.allocation), ledger.balanceMicro(`allocation:${id}`))
      for (const period of open) expect(period.limit_micro).toBe(Math.max(0, subtree(period.allocation)))
    }),
    runs,
  )
})

test('the sequences reach every kind of entry', () => {
  const kinds = new Set<LedgerEntryKind>()
  for (const sequence of fc.sample(operations, { numRuns: 300, seed: 1 })) {
    const world = start()
    for (const [n, each] of sequence.entries()) run(world, each, n)
    for (const { kind } of entriesOf(world.log)) kinds.add(kind)
  }
  // A top-up is a boost by another name here.
  expect(LEDGER_ENTRY_KINDS.filter((kind) => !kinds.has(kind))).toEqual(['top_up'])
})

test('closed months converge to the totals of burn, in whatever order spend and corrections come', () => {
  fc.assert(
    fc.property(operations, (sequence) => {
      const world = start()
      for (const [n, each] of sequence.entries()) run(world, each, n)
      world.nowMs += 35 * DAY_MS
      world.due()
      const { ledger, entities } = world.view
      const closed = [...entities.allocation_period.values()].filter(({ state }) => state === 'closed')
      const posted = (id: string, month: (typeof closed)[number]['period']): number =>
        closed
          .filter(({ source, period }) => source === `allocation:${id}` && period === month)
          .reduce((sum, below) => sum + posted(below.allocation, month), ledger.postedSpendMicro(id, month))
      for (const { allocation: id, scope, period } of closed)
        expect(posted(id, period)).toBe(world.spent(scope, period))
      // And no account keeps credits beside a debt.
      for (const account of ledger.accounts()) {
        if (!/^(pool|allocation|reserve):/.test(account)) continue
        const signs = new Set([...ledger.lots(account).values()].map(Math.sign))
        expect(signs.size).toBeLessThanOrEqual(1)
      }
    }),
    runs,
  )
})
