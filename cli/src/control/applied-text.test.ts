import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'

import { appliedText } from './applied-text.ts'
import type { AppliedFile } from './apply-file.ts'

const NOTHING: AppliedFile = { changes: [], waiting: [], held: [], closed: [], warnings: [], new_keys: [] }
const raised = (after: number) => ({
  change: 'changed' as const,
  kind: 'allocation',
  id: 'a',
  fields: [{ field: 'monthly_credits_micro', before: 100e6, after }],
})

function textOf(applied: Partial<AppliedFile>, dryRun = false): string {
  const of = { file: 'organization.yaml', dryRun, saved: false }
  return stripVTControlCharacters(appliedText({ ...NOTHING, ...applied }, of))
}

test('what waits is told with who has to approve, what comes after it, and what to run then', () => {
  const text = textOf({
    waiting: [
      {
        request: 'r2',
        opened: true,
        changes: [raised(300e6)],
        approvers: [
          { side: 'finance', users: ['fin'] },
          { side: 'engineering', users: [] },
        ],
      },
    ],
    held: [{ change: 'added', kind: 'allocation', id: 'b', fields: [], why: 'there is no room yet' }],
    closed: [{ request: 'r1', state: 'superseded', superseded_by: 'r2', approvals: 1 }],
  })
  expect(text).toBe(`Request r1 is superseded by r2: this file has other figures (it had one yes).
1 allocation change waits for approval:
  request r2
    ~ allocation a
        monthly_credits: 100.00 → 300.00
    needs a yes of finance (fin): npx meterline requests approve r2 --side finance
    needs a yes of engineering, and nobody can give it: give somebody the role engineering_approver
  each in their own name, with a session of theirs in METERLINE_TOKEN (POST /v1/session)

1 change of the file comes after that:
  + allocation b
    there is no room yet
  once it is approved, run again: npx meterline apply -f organization.yaml

Nothing else is to be changed.`)
})

test('nothing to say is one sentence, and a dry run says that it is one', () => {
  expect(textOf({})).toBe('Nothing to change: the organization is as the file says.')
  const dry = textOf(
    { closed: [{ request: 'r1', state: 'withdrawn', superseded_by: null, approvals: 0 }] },
    true,
  )
  expect(dry).toBe(`Request r1 would be withdrawn: this file no longer asks for it.
Dry run: nothing was changed.`)
})

test('a warning comes before the last word, and its way out once, also where nothing is to be changed', () => {
  const warnings = ['a', 'b'].map((name) => ({
    field: name,
    message: `line 3: ${name}: no such model`,
    hint: 'mend it',
  }))
  const told = `Warning: line 3: a: no such model
Warning: line 3: b: no such model
  mend it
`
  expect(textOf({ warnings })).toBe(`${told}
Nothing to change: the organization is as the file says.`)
  expect(textOf({ warnings, changes: [raised(300e6)] })).toContain(`${told}
Applied 1 change.`)
})
