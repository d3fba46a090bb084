import { commandName } from './command-id.ts'

/** For how long a repeated command is recognised, by the time that stands in the log. */
export const IDEMPOTENCY_WINDOW_MS = 24 * 3_600_000
/** Beyond it the oldest are forgotten sooner. */
export const MAX_REMEMBERED_COMMANDS = 200_000

/** The commands with an idempotency key that the log tells of; it fills from the log, so a restart forgets nothing. */
export interface CommandMemory {
  note(commandId: string, atMs: number): void
  /** The full id under which a command of that name was carried out, in the window before `nowMs`. */
  find(name: string, nowMs: number): string | undefined
}

export function createCommandMemory(): CommandMemory {
  const commands = new Map<string, { readonly commandId: string; readonly atMs: number }>()
  let newestMs = Number.NEGATIVE_INFINITY
  let latest = { commandId: '', atMs: 0 }

  function forgetOld(): void {
    for (const [name, { atMs }] of commands) {
      if (commands.size <= MAX_REMEMBERED_COMMANDS && atMs >= newestMs - IDEMPOTENCY_WINDOW_MS) return
      commands.delete(name)
    }
  }
  return {
    note(commandId, atMs) {
      // Its records stand together, and a log has a hundred of them for each command.
      if (commandId === latest.commandId && atMs === latest.atMs) return
      latest = { commandId, atMs }
      newestMs = Math.max(newestMs, atMs)
      const name = commandName(commandId)
      if (name === undefined) return
      // Each record of the command comes by here; it stands where its last one does.
      commands.delete(name)
      commands.set(name, latest)
      forgetOld()
    },
    find(name, nowMs) {
      const found = commands.get(name)
      return found !== undefined && found.atMs >= nowMs - IDEMPOTENCY_WINDOW_MS ? found.commandId : undefined
    },
  }
}
