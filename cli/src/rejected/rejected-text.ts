import { isUtf8 } from 'node:buffer'

import { printable } from '../output/printable.ts'
import { tableText } from '../output/table.ts'
import type { RejectedContent } from './read-rejected.ts'
import type { RejectedRow } from './rejected-rows.ts'

const MAX_SHOWN_BYTES = 4_096

/** Where it came from: the record, or the request. */
export function sourceOf({ sourceTopic, sourcePartition, sourceOffset, stage }: RejectedRow): string {
  return sourceTopic === '' ? stage : `${sourceTopic}/${sourcePartition ?? '?'}/${sourceOffset ?? '?'}`
}

/** The request's id, where it can be read: it is the key of the record. */
export function requestIdOf({ key }: RejectedRow): string | null {
  return key.length > 0 && isUtf8(key) ? key.toString('utf8') : null
}

export function rejectedTable(rows: readonly RejectedRow[]): string {
  if (rows.length === 0) return 'Nothing was rejected.'
  return tableText(
    [
      { title: 'id', text: ({ id }) => id },
      { title: 'time (UTC)', text: ({ timeMs }) => new Date(timeMs).toISOString().slice(0, 19) },
      { title: 'reason', text: ({ reason }) => reason },
      { title: 'stage', text: ({ stage }) => stage },
      { title: 'source', text: (row) => printable(sourceOf(row)) },
      { title: 'request', text: (row) => printable(requestIdOf(row) ?? '') },
      { title: 'why', text: ({ error }) => printable(error) },
    ],
    rows,
  )
}

/** One for programs, without its bytes. */
export function rejectedJson(row: RejectedRow): Readonly<Record<string, unknown>> {
  return {
    id: row.id,
    time: new Date(row.timeMs).toISOString(),
    reason: row.reason,
    stage: row.stage,
    source: sourceOf(row),
    request_id: requestIdOf(row),
    api_key_id: row.apiKeyId === '' ? null : row.apiKeyId,
    error: row.error,
  }
}

/** Everything that is known of one: headers, what it says, and the bytes as received. */
export function rejectedDetails(row: RejectedRow, content: RejectedContent): string {
  const { id: _id, ...facts } = rejectedJson(row)
  const lines = (entries: Readonly<Record<string, unknown>>): string[] =>
    Object.entries(entries)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => printable(`  ${name}: ${String(value)}`))
  const reading =
    content.kind === 'unreadable'
      ? [`  cannot be read: ${printable(content.why)}`]
      : JSON.stringify(content.event, null, 2)
          .split('\n')
          .map((line) => `  ${printable(line)}`)
  const { text, form } = bytesText(row.value)
  return [
    `usage.rejected/${row.id}`,
    ...lines(facts),
    'headers',
    ...lines(row.headers),
    'event',
    ...reading,
    `value, ${row.value.length} bytes as ${form}`,
    ...text.split('\n').map((line) => `  ${printable(line)}`),
  ].join('\n')
}

export function bytesText(bytes: Buffer): { readonly form: 'text' | 'hex'; readonly text: string } {
  const shown = bytes.subarray(0, MAX_SHOWN_BYTES)
  const more = bytes.length > shown.length ? ` … and ${bytes.length - shown.length} more bytes` : ''
  const isText = isUtf8(bytes) && !bytes.includes(0)
  return isText
    ? { form: 'text', text: `${shown.toString('utf8')}${more}` }
    : { form: 'hex', text: `${(shown.toString('hex').match(/.{1,64}/g) ?? []).join('\n')}${more}` }
}
