import { createMonthBooks } from './month-books.ts'
import type { ControlChange } from '@meterline/domain'

import { organizationTree, TEAMS } from './organization-tree.ts'
import { apiKey } from './organization-tree.ts'

/** What one command, or one turn of the schedule, wrote. */
export interface WrittenCommand {
  readonly atMs: number
  readonly actor: string
  readonly changes: readonly ControlChange[]
}

const DAY_MS = 86_400_000
const MONTHS_A_YEAR = 12
const RECORDS_A_MONTH = 14_000
const KEYS_PER_MONTH = 600
const REQUESTS_PER_MONTH = 400
const MARKS_PER_MONTH = 600
/** As many changes as one command of a person has in the mean. */
const CHANGES_PER_COMMAND = 50

/**
 * The commands of an organization with a thousand teams, month by month without an end: months are rolled, late spend is adjusted, keys
 * come and are rotated, credits are asked for and approved, alerts acknowledged. About 14,000 records a month, most of them the ledger's.
 * After so many records it is now: whoever starts on them has nothing to catch up with.
 */
export function* organizationYears(records: number): Generator<WrittenCommand> {
  const now = new Date()
  const thisMonth = now.getUTCFullYear() * MONTHS_A_YEAR + now.getUTCMonth()
  const first = thisMonth - Math.floor(records / RECORDS_A_MONTH)
  yield { atMs: monthMs(first), actor: 'token:admin', changes: organizationTree() }
  const books = createMonthBooks(first)
  for (let index = 0; ; index += 1) {
    const atMs = monthMs(first + index)
    const rolled = { atMs, actor: 'system:schedule' }
    yield { ...rolled, changes: books.roll(index, atMs) }
    yield* inCommands(
      { atMs: atMs + DAY_MS, actor: 'system:schedule' },
      books.adjustments(index, atMs + DAY_MS),
    )
    yield* inCommands({ atMs: atMs + 2 * DAY_MS, actor: 'user:platform-owner' }, keyChanges(index))
    yield* inCommands({ atMs: atMs + 3 * DAY_MS, actor: 'user:finance-1' }, requestChanges(index, atMs))
    yield* inCommands({ atMs: atMs + 9 * DAY_MS, actor: 'user:lead-17' }, alertMarks(index, atMs))
  }
}

const monthMs = (month: number): number =>
  Date.UTC(Math.floor(month / MONTHS_A_YEAR), month % MONTHS_A_YEAR, 1)

function* inCommands(
  head: Omit<WrittenCommand, 'changes'>,
  changes: readonly ControlChange[],
): Generator<WrittenCommand> {
  for (let at = 0; at < changes.length; at += CHANGES_PER_COMMAND) {
    yield { ...head, changes: changes.slice(at, at + CHANGES_PER_COMMAND) }
  }
}

/** Half of them new, half of them rotated. */
function keyChanges(month: number): readonly ControlChange[] {
  return Array.from({ length: KEYS_PER_MONTH }, (_, index) =>
    apiKey(
      index % 2 === 0 ? `month-${month}-${index}` : `first-${(month * KEYS_PER_MONTH + index) % TEAMS}`,
      {
        team: (month + index) % TEAMS,
        isRotated: index % 2 === 1,
      },
    ),
  )
}

function requestChanges(month: number, atMs: number): readonly ControlChange[] {
  return Array.from({ length: REQUESTS_PER_MONTH }, (_, index) => index).flatMap((index) => {
    const id = `request_${month.toString(16).padStart(8, '0')}${index.toString(16).padStart(12, '0')}`
    const put = (state: 'pending' | 'approved' | 'ended'): ControlChange => ({
      kind: 'request',
      id,
      type: 'put',
      data: {
        id,
        kind: 'boost',
        requested_by: `user:person-${index}`,
        requested_at_ms: atMs,
        subject: `user:person-${index}`,
        credits_micro: (index + 1) * 1_000_000,
        description: 'migration of the summaries to another model, twice the usual traffic for two weeks',
        state,
        approvals:
          state === 'pending'
            ? []
            : [
                {
                  by: `user:lead-${index % 100}`,
                  side: 'owner',
                  at_ms: atMs + DAY_MS,
                  note: 'until it is done',
                },
              ],
        declined: null,
        answer_by_ms: atMs + 7 * DAY_MS,
        ends_at_ms: state === 'pending' ? null : atMs + 14 * DAY_MS,
        incident: null,
      },
    })
    return [put('pending'), put('approved'), put('ended')]
  })
}

function alertMarks(month: number, atMs: number): readonly ControlChange[] {
  return Array.from({ length: MARKS_PER_MONTH }, (_, index) => {
    const id = `alert_${month.toString(16).padStart(8, '0')}${index.toString(16).padStart(24, '0')}`
    return {
      kind: 'alert_mark',
      id,
      type: 'put',
      data: { id, state: 'acknowledged', by: `user:lead-${index % 100}`, at_ms: atMs, note: 'looking at it' },
    }
  })
}
