import { isNoSpace, StackError } from '@meterline/local-stack'

export const EXIT = { ok: 0, failed: 1, usage: 2 } as const

/** Why a command cannot go on, as sentences for the person who typed it. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: number

  constructor(message: string, options: { readonly cause?: unknown; readonly exitCode?: number } = {}) {
    super(message, { cause: options.cause })
    this.exitCode = options.exitCode ?? EXIT.failed
  }
}

/** The command line itself was wrong. */
export function usageError(message: string): CliError {
  return new CliError(message, { exitCode: EXIT.usage })
}

/** What is printed for any error: those of the stack say everything in one sentence, others bring their causes. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof StackError) return error.message
  if (isNoSpace(error)) return `The disk is full (${error.message}); free some space and start again.`
  const causes: string[] = []
  for (let cause = error.cause; cause instanceof Error && causes.length < 3; cause = cause.cause) {
    if (cause.message !== '' && !error.message.includes(cause.message)) causes.push(cause.message)
  }
  return [error.message, ...causes].filter((part) => part !== '').join(': ')
}
