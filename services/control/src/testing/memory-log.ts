import { decodeControlEvent, encodeControlEvent } from '@meterline/contract'
import { createOrganizationView, foldControlEvent } from '@meterline/domain'
import type { ControlChange } from '@meterline/domain'

import { commandName } from '../log/command-id.ts'
import type { CommandLog } from '../log/command-log.ts'
import { createCommandMemory } from '../log/command-memory.ts'
import { createEntityVersions } from '../log/entity-versions.ts'

/** The log as an array of bytes: everything but Kafka is real. */
export function memoryLog(nowMs: () => number): CommandLog & {
  readonly records: readonly Buffer[]
  write(changes: readonly ControlChange[]): void
} {
  const view = createOrganizationView()
  const versions = createEntityVersions()
  const memory = createCommandMemory()
  const records: Buffer[] = []
  const append = (changes: readonly ControlChange[], commandId: string, actor: string): void => {
    for (const change of changes) {
      const bytes = encodeControlEvent({ schema: 1, command_id: commandId, at_ms: nowMs(), actor, ...change })
      const event = decodeControlEvent(bytes)
      if (event === undefined) throw new Error('every kind is known here')
      foldControlEvent(view, event, records.length)
      versions.fold(event, records.length)
      memory.note(commandId, event.at_ms)
      records.push(bytes)
    }
  }
  const never = Promise.withResolvers<void>()
  return {
    view,
    versions,
    records,
    unreadable: new Map(),
    follower: {
      caughtUp: Promise.resolve(),
      done: never.promise,
      position: () => records.length,
      lagRecords: () => 0,
      stop: () => Promise.resolve(),
    },
    write: (changes) => append(changes, 'test', 'system:test'),
    async run({ commandId, actor, decide }) {
      const name = commandName(commandId)
      const former = name === undefined ? undefined : memory.find(name, nowMs())
      if (former !== undefined) return { kind: former === commandId ? 'repeated' : 'key_taken' }
      const decision = decide(view, { commandId, atMs: nowMs(), actor })
      if (!decision.ok) return { kind: 'refused', refusal: decision.refusal }
      append(decision.changes, commandId, actor)
      return { kind: 'done', changes: decision.changes }
    },
    close: () => Promise.resolve(),
  }
}
