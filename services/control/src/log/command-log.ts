import { controlEventKey, decodeControlEvent, encodeControlEvent, TOPICS } from '@meterline/contract'
import { followOrganization, unreadableText } from '@meterline/control-log'
import type { UnreadableRecords } from '@meterline/control-log'
import type {
  CommandHead,
  ControlChange,
  ControlEvent,
  Decision,
  OrganizationView,
  Refusal,
} from '@meterline/domain'
import { ApiError } from '@meterline/http'
import { KafkaError, openFencedLogWriter } from '@meterline/kafka'
import type { KafkaClient, LogFollower } from '@meterline/kafka'

import { commandName } from './command-id.ts'
import { createCommandMemory } from './command-memory.ts'
import { createEntityVersions } from './entity-versions.ts'
import type { EntityVersions } from './entity-versions.ts'

const READ_BACK_DEADLINE_MS = 10_000
const MAX_WAITING_COMMANDS = 1_000
const RETRY_AFTER_SECONDS = 1

export interface Command {
  readonly commandId: string
  readonly actor: string
  /** Called when its turn has come, with everything decided before it folded. */
  readonly decide: (view: OrganizationView, head: CommandHead) => Decision
}

export type CommandOutcome =
  | { readonly kind: 'done'; readonly changes: readonly ControlChange[] }
  /** The log has this very command already; nothing was written. */
  | { readonly kind: 'repeated' }
  /** The log has another request of the same actor under the same idempotency key. */
  | { readonly kind: 'key_taken' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** `control.log` as its one writer sees it. */
export interface CommandLog {
  readonly view: OrganizationView
  readonly versions: EntityVersions
  readonly follower: LogFollower
  /** What it goes without, as a person has decided. */
  readonly unreadable: UnreadableRecords
  /**
   * Decides, appends in one transaction, and resolves when the records were read back. One command at a time.
   * Throws `ApiError` 503: the log is away, or another control service has taken over; nothing is known to be done, and the
   * same command may be sent again.
   */
  run(command: Command): Promise<CommandOutcome>
  close(): Promise<void>
}

export interface CommandLogOptions {
  /** Offsets of records that cannot be read and that a person has decided to go without. */
  readonly passOver: ReadonlySet<number>
  readonly nowMs: () => number
  readonly onTrouble: (error: unknown) => void
  /** Another control service writes now: this one has to end. */
  readonly onSuperseded: (error: Error) => void
}

/**
 * Fences whoever wrote before, then folds the whole log: in this order nothing of a former writer is missed.
 * Throws when the log has a record that cannot be read: what is decided without it may be wrong, and would be written.
 */
export async function openCommandLog(client: KafkaClient, options: CommandLogOptions): Promise<CommandLog> {
  const { nowMs, onTrouble, onSuperseded, passOver } = options
  const writer = await openFencedLogWriter(client, {
    transactionalId: 'control',
    topic: TOPICS.controlLog.name,
  })
  const versions = createEntityVersions()
  const memory = createCommandMemory()
  let running: { readonly commandId: string; left: number; done: () => void } | undefined
  let isCaughtUp = false
  let isDoubtful = false
  let newestAtMs = 0
  let superseded: Error | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let waiting = 0

  const log = followOrganization(client, onTrouble, {
    onFolded(event, offset) {
      if (event === undefined) return
      versions.fold(event, offset)
      memory.note(event.command_id, event.at_ms)
      newestAtMs = Math.max(newestAtMs, event.at_ms)
      if (event.command_id === running?.commandId) {
        running.left -= 1
        if (running.left === 0) running.done()
      } else if (isCaughtUp) {
        supersede(writtenByAnother(offset))
      }
    },
    onUnreadable({ offset }) {
      if (isCaughtUp) supersede(writtenByAnother(offset))
    },
  })
  try {
    await log.follower.caughtUp
    assertReadable(log.unreadable, passOver)
  } catch (error) {
    await writer.close()
    await log.follower.stop()
    throw error
  }
  isCaughtUp = true

  function supersede(what: string, cause?: unknown): Error {
    if (superseded === undefined) {
      superseded = new Error(`${what}: it has taken over, and this one stops`, { cause })
      onSuperseded(superseded)
    }
    return superseded
  }

  function assertRightful(): void {
    if (superseded === undefined) return
    const options = { retryAfterSeconds: RETRY_AFTER_SECONDS, cause: superseded }
    throw new ApiError(503, 'superseded', 'another control service has taken over; ask it', options)
  }

  async function run(command: Command): Promise<CommandOutcome> {
    assertRightful()
    // What became of the last append is known before the next decision.
    if (isDoubtful) await settle()
    const { commandId, actor } = command
    const former = formerOf(commandId)
    if (former !== undefined) return { kind: former === commandId ? 'repeated' : 'key_taken' }
    // Time in the log never runs backwards, whatever the clock does.
    const atMs = Math.max(nowMs(), newestAtMs)
    const decision = command.decide(log.view, { commandId, atMs, actor })
    if (!decision.ok) return { kind: 'refused', refusal: decision.refusal }
    const { changes } = decision
    if (changes.length > 0) await append(changes, { commandId, atMs, actor })
    return { kind: 'done', changes }
  }

  function formerOf(commandId: string): string | undefined {
    const name = commandName(commandId)
    return name === undefined ? undefined : memory.find(name, nowMs())
  }

  async function append(changes: readonly ControlChange[], head: CommandHead): Promise<void> {
    const { commandId } = head
    const messages = changes.map((change) => messageOf(change, head))
    const { promise: readBack, resolve: done } = Promise.withResolvers<void>()
    running = { commandId, left: messages.length, done }
    try {
      await writer.append(messages)
    } catch (error) {
      if (error instanceof KafkaError && error.code === 'fenced') {
        supersede('the right to write control.log was taken by another control service', error)
        assertRightful()
      }
      // Whether it was written is known from the log alone.
      isDoubtful = true
      await settle(error)
      if (running.left > 0) throw logUnavailable(error)
    }
    try {
      await within(readBack)
    } catch (error) {
      isDoubtful = true
      throw error
    }
    running = undefined
  }

  /** Fences anew, so that an append under way is either in the log or never will be, and reads up to its end. */
  async function settle(cause?: unknown): Promise<void> {
    try {
      await writer.append([])
      await log.reached(Number.MAX_SAFE_INTEGER - 1, READ_BACK_DEADLINE_MS)
      isDoubtful = false
    } catch (error) {
      if (error instanceof KafkaError && error.code === 'fenced') {
        supersede('the right to write control.log was taken by another control service', error)
        assertRightful()
      }
      throw logUnavailable(cause ?? error)
    }
  }

  return {
    view: log.view,
    versions,
    follower: log.follower,
    unreadable: log.unreadable,
    run(command) {
      if (waiting >= MAX_WAITING_COMMANDS) {
        const retry = { retryAfterSeconds: RETRY_AFTER_SECONDS }
        return Promise.reject(new ApiError(429, 'too_many_commands', 'too many commands wait', retry))
      }
      waiting += 1
      const result = turn.then(() => run(command))
      turn = result.then(
        () => void (waiting -= 1),
        () => void (waiting -= 1),
      )
      return result
    },
    async close() {
      await turn
      await writer.close()
      await log.follower.stop()
    },
  }
}

/** Each is read before it is written: no service could follow what it says. It is written as it was read, which is quick to read. */
function messageOf(change: ControlChange, { commandId, atMs, actor }: CommandHead) {
  const event: ControlEvent = { schema: 1, command_id: commandId, at_ms: atMs, actor, ...change }
  const read = decodeControlEvent(encodeControlEvent(event)) ?? event
  return { key: controlEventKey(event), value: encodeControlEvent(read) }
}

const writtenByAnother = (offset: number): string =>
  `record ${offset} of ${TOPICS.controlLog.name} was written by another control service`

function assertReadable(unreadable: UnreadableRecords, passOver: ReadonlySet<number>): void {
  const unforeseen = new Map([...unreadable].filter(([, { offset }]) => !passOver.has(offset)))
  const what = unreadableText(unforeseen)
  if (what === undefined) return
  const offsets = [...unreadable.values()].map(({ offset }) => offset).join(',')
  throw new Error(
    `${what}. A newer version may have written it: start that one. To go on without it, start once more with ` +
      `CONTROL_PASS_OVER=${offsets}, and put again what it was about`,
  )
}

async function within(readBack: Promise<void>): Promise<void> {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(logUnavailable(new Error('written, but not read back in time'))),
    READ_BACK_DEADLINE_MS,
  )
  try {
    await Promise.race([readBack, deadline])
  } finally {
    clearTimeout(timer)
  }
}

function logUnavailable(cause: unknown): ApiError {
  return new ApiError(503, 'log_unavailable', 'the command could not be written in time', {
    hint: 'send the same command again, with the same Idempotency-Key: it takes effect once',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  })
}
