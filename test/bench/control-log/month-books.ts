import type {
  AllocationPeriod,
  ControlChange,
  LedgerAccount,
  LedgerEntry,
  LedgerEntryKind,
} from '@meterline/domain'

import { TEAMS } from './organization-tree.ts'

const CREDITS = 1_000_000
const BASE_MICRO = 450 * CREDITS
const RESERVE_MICRO = 50 * CREDITS
const SPENT_MICRO = 380 * CREDITS
const ROLLED_MICRO = 50 * CREDITS
const ADJUSTED = 800

export interface MonthBooks {
  /** What closes the month before, and opens this one, for every allocation: one decision. */
  roll(month: number, atMs: number): readonly ControlChange[]
  /** Late spend of the month before. */
  adjustments(month: number, atMs: number): readonly ControlChange[]
}

type Month = AllocationPeriod['period']
interface Booked {
  readonly kind: LedgerEntryKind
  readonly from: LedgerAccount
  readonly to: LedgerAccount
  readonly micro: number
  readonly reason: string
}

/** `firstMonth`: months since the year 0. */
export function createMonthBooks(firstMonth: number): MonthBooks {
  const nameOf = (month: number): Month => monthName(firstMonth + month)
  const teams = Array.from({ length: TEAMS }, (_, team) => team)
  return {
    roll: (month, atMs) => [
      ...(month === 0 ? [] : teams.flatMap((team) => closed(team, { month: nameOf(month - 1), atMs }))),
      ...teams.flatMap((team) => opened(team, { month: nameOf(month), atMs })),
    ],
    adjustments: (month, atMs) =>
      month === 0
        ? []
        : teams.slice(0, ADJUSTED).flatMap((team) => adjusted(team, { month: nameOf(month), atMs })),
  }
}

interface When {
  readonly month: Month
  readonly atMs: number
}

function closed(team: number, when: When): readonly ControlChange[] {
  const { allocation, held, reserve } = accountsOf(team)
  const rest = BASE_MICRO - SPENT_MICRO - ROLLED_MICRO
  return [
    entry(team, when, {
      kind: 'draw_down',
      from: held,
      to: `spent:${allocation}`,
      micro: SPENT_MICRO,
      reason: 'spend of the month',
    }),
    entry(team, when, {
      kind: 'return',
      from: held,
      to: 'pool:central',
      micro: rest,
      reason: 'not spent, above the rollover',
    }),
    entry(team, when, {
      kind: 'return',
      from: reserve,
      to: 'pool:central',
      micro: RESERVE_MICRO,
      reason: 'reserve that was not drawn',
    }),
    period(team, when.month, 'closed'),
  ]
}

function opened(team: number, when: When): readonly ControlChange[] {
  const { held, reserve } = accountsOf(team)
  return [
    entry(team, when, {
      kind: 'allocation',
      from: 'pool:central',
      to: held,
      micro: BASE_MICRO,
      reason: 'monthly credits, to spend',
    }),
    entry(team, when, {
      kind: 'allocation',
      from: 'pool:central',
      to: reserve,
      micro: RESERVE_MICRO,
      reason: 'monthly credits, held in reserve',
    }),
    period(team, when.month, 'open'),
  ]
}

function adjusted(team: number, when: When): readonly ControlChange[] {
  const { allocation, held } = accountsOf(team)
  return [
    entry(team, when, {
      kind: 'adjustment',
      from: held,
      to: `spent:${allocation}`,
      micro: team + 1,
      reason: 'spend that came late',
    }),
    period(team, when.month, 'open'),
  ]
}

const accountsOf = (team: number) => {
  const allocation = `acme-team-${team}`
  return { allocation, held: `allocation:${allocation}` as const, reserve: `reserve:${allocation}` as const }
}

function entry(team: number, { month, atMs }: When, booked: Booked): ControlChange {
  const { allocation } = accountsOf(team)
  const { kind, from, to, micro, reason } = booked
  const id = `${kind}:${allocation}:${month}:${from.slice(0, from.indexOf(':'))}-${to.slice(0, to.indexOf(':'))}`
  const grant = 'inv-2026-10'
  const data: LedgerEntry = {
    id,
    kind,
    at_ms: atMs,
    period: month,
    reason,
    postings: [
      { account: from, amount_micro: -micro, grant },
      { account: to, amount_micro: micro, grant },
    ],
    links: { allocation },
  }
  return { kind: 'ledger_entry', id, type: 'put', data }
}

function period(team: number, month: Month, state: AllocationPeriod['state']): ControlChange {
  const { allocation } = accountsOf(team)
  const id = `${allocation}:${month}`
  const data: AllocationPeriod = {
    id,
    allocation,
    scope: `team:team-${team}`,
    period: month,
    source: 'pool:central',
    base_micro: BASE_MICRO,
    reserve_micro: RESERVE_MICRO,
    temporary_micro: 0,
    limit_micro: BASE_MICRO + ROLLED_MICRO,
    state,
  }
  return { kind: 'allocation_period', id, type: 'put', data }
}

function monthName(month: number): Month {
  return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}` as Month
}
