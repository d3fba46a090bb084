import colors from 'picocolors'

import { printable } from '../output/printable.ts'
import type { AppliedFile } from './apply-file.ts'
import { changesText } from './changes-text.ts'

const MAX_PEOPLE_NAMED = 5

/** What an apply came to, or a dry run would: what was changed, what waits for whom, and what to run next. */
export function appliedText(
  applied: AppliedFile,
  of: { readonly file: string; readonly dryRun: boolean; readonly saved: boolean },
): string {
  const { changes, new_keys: newKeys, waiting, held, closed, warnings } = applied
  if (changes.length === 0 && waiting.length === 0 && closed.length === 0) {
    return [...warningLines(warnings), 'Nothing to change: the organization is as the file says.'].join('\n')
  }
  const lines = changes.length === 0 ? [] : [changesText(changes), '']
  lines.push(...closed.map((each) => closedLine(each, of.dryRun)))
  if (waiting.length > 0) lines.push(...waitingLines(waiting), '')
  if (held.length > 0) lines.push(...heldLines(held, of.file), '')
  lines.push(
    ...warningLines(warnings),
    of.dryRun ? colors.yellow('Dry run: nothing was changed.') : colors.green(doneText(changes.length)),
  )
  if (newKeys.length > 0) {
    lines.push('', 'New secrets, shown once:', ...newKeys.map(({ id, secret }) => `  ${id}  ${secret}`))
    lines.push(of.saved ? 'They are in credentials.json, too.' : 'They are saved nowhere else.')
  }
  return lines.join('\n')
}

/** Each way out is said once. */
function warningLines(warnings: AppliedFile['warnings']): readonly string[] {
  if (warnings.length === 0) return []
  const hints = new Set(warnings.flatMap(({ hint }) => (hint === undefined ? [] : [hint])))
  return [
    ...warnings.map(({ message }) => `${colors.yellow('Warning:')} ${printable(message)}`),
    ...[...hints].map((hint) => `  ${hint}`),
    '',
  ]
}

function doneText(count: number): string {
  if (count === 0) return 'Nothing else is to be changed.'
  return count === 1 ? 'Applied 1 change.' : `Applied ${count} changes.`
}

function closedLine(
  { request, state, superseded_by: next, approvals }: AppliedFile['closed'][number],
  dryRun: boolean,
): string {
  const lost = approvals === 0 ? '' : ` (it had ${approvals === 1 ? 'one yes' : `${approvals} yeses`})`
  const why =
    state === 'superseded'
      ? `superseded${next === null ? '' : ` by ${next}`}: this file has other figures`
      : 'withdrawn: this file no longer asks for it'
  return `Request ${request} ${dryRun ? 'would be' : 'is'} ${why}${lost}.`
}

/** What may be spent under a standing allocation is changed by two people, not by a file. */
function waitingLines(waiting: AppliedFile['waiting']): readonly string[] {
  const count = waiting.reduce((sum, { changes }) => sum + changes.length, 0)
  const what = count === 1 ? '1 allocation change waits' : `${count} allocation changes wait`
  return [
    colors.yellow(`${what} for approval:`),
    ...waiting.flatMap(({ request, opened, changes, approvers }) => [
      `  request ${request ?? '(to be opened)'}${request !== null && !opened ? ', open already' : ''}`,
      changesText(changes).replaceAll(/^/gm, '    '),
      ...approvers.map((each) => `    ${approverLine(each, request)}`),
    ]),
    '  each in their own name, with a session of theirs in METERLINE_TOKEN (POST /v1/session)',
  ]
}

function approverLine(
  { side, users }: AppliedFile['waiting'][number]['approvers'][number],
  request: string | null,
): string {
  if (users.length === 0) {
    return `needs a yes of ${side}, and nobody can give it: give somebody the role ${ROLE_OF[side] ?? side}`
  }
  const more = users.length > MAX_PEOPLE_NAMED ? ` and ${users.length - MAX_PEOPLE_NAMED} more` : ''
  const who = `${users.slice(0, MAX_PEOPLE_NAMED).join(', ')}${more}`
  const how = request === null ? '' : `: npx meterline requests approve ${request} --side ${side}`
  return `needs a yes of ${side} (${who})${how}`
}

const ROLE_OF: Readonly<Record<string, string>> = {
  finance: 'finance',
  engineering: 'engineering_approver',
}

function heldLines(held: AppliedFile['held'], file: string): readonly string[] {
  return [
    colors.yellow(
      `${held.length === 1 ? '1 change of the file comes' : `${held.length} changes of the file come`} after that:`,
    ),
    ...held.flatMap((each) => [`  ${changesText([{ ...each, fields: [] }])}`, `    ${each.why}`]),
    `  once it is approved, run again: npx meterline apply -f ${file}`,
  ]
}
