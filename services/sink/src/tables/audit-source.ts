import { TOPICS } from '@meterline/contract'
import { z } from 'zod'

import type { Source } from '../exactly-once/source.ts'
import { rowBinarySource } from './row-binary-source.ts'

const NAME = 'String'

/** What proves a key or a person stays in the log: whoever may read tables need not be able to test guesses. */
const WITHHELD = new Set(['secret_salt', 'secret_hash', 'password_hash'])

const MAX_AT_MS = Date.UTC(2100, 0, 1)

/** Loose: a change of a kind that this version does not know is part of the audit trail too. */
const controlEvent = z.looseObject({
  at_ms: z.int().min(0).max(MAX_AT_MS),
  command_id: z.string(),
  actor: z.string(),
  kind: z.string(),
  id: z.string(),
  type: z.string(),
  data: z.unknown().optional(),
})

/** control.log → audit. */
export function auditSource(): Source {
  return rowBinarySource({
    topic: TOPICS.controlLog.name,
    unstorable: 'reject',
    table: {
      name: 'audit',
      timeColumn: 'at',
      columns: [
        ['at', "DateTime64(3, 'UTC')"],
        ['command_id', 'String'],
        ['actor', NAME],
        ['kind', NAME],
        ['id', 'String'],
        ['type', NAME],
        ['data', 'String'],
      ],
    },
    write: ({ value }, row) => {
      if (value === null) throw new TypeError('control.log holds no deletions')
      const event = controlEvent.parse(JSON.parse(value.toString('utf8')))
      row.int64(event.at_ms)
      for (const text of [event.command_id, event.actor, event.kind, event.id, event.type]) row.string(text)
      row.string(event.data === undefined ? '' : withoutProofs(event.data))
      return event.at_ms
    },
  })
}

function withoutProofs(data: unknown): string {
  return JSON.stringify(data, (name, value: unknown) => (WITHHELD.has(name) ? undefined : value))
}
