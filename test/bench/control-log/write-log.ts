import { controlEventKey, encodeControlEvent, TOPICS } from '@meterline/contract'
import { openFencedLogWriter } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { randomUUID } from 'node:crypto'

import { organizationYears } from './organization-years.ts'
import type { WrittenCommand } from './organization-years.ts'

export interface WrittenLog {
  /** Every record, in order. */
  readonly values: readonly Buffer[]
  readonly commands: number
}

/** Fills control.log as the control service does: one fenced transaction for each command. */
export async function writeLog(
  kafka: KafkaClient,
  { records, signal }: { readonly records: number; readonly signal: AbortSignal },
): Promise<WrittenLog> {
  const writer = await openFencedLogWriter(kafka, {
    transactionalId: 'control',
    topic: TOPICS.controlLog.name,
  })
  const values: Buffer[] = []
  let commands = 0
  try {
    for (const command of organizationYears(records)) {
      signal.throwIfAborted()
      const messages = messagesOf(command).slice(0, records - values.length)
      for (let at = 0; at < messages.length; at += MAX_MESSAGES) {
        await writer.append(messages.slice(at, at + MAX_MESSAGES))
      }
      values.push(...messages.map(({ value }) => value))
      commands += 1
      if (values.length === records) break
    }
  } finally {
    await writer.close()
  }
  return { values, commands }
}

/** The tree and its keys at once would be more than one request of the producer takes. */
const MAX_MESSAGES = 10_000

function messagesOf({ atMs, actor, changes }: WrittenCommand) {
  const commandId = randomUUID()
  return changes.map((change) => {
    const event = { schema: 1, command_id: commandId, at_ms: atMs, actor, ...change } as const
    return { key: controlEventKey(event), value: encodeControlEvent(event) }
  })
}
