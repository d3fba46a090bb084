/** What a supervisor tells its listeners, in the order it happens. */
export type SupervisorEvent =
  | { readonly kind: 'starting'; readonly name: string; readonly pid: number }
  | { readonly kind: 'ready'; readonly name: string; readonly pid: number; readonly afterMs: number }
  | {
      readonly kind: 'exited'
      readonly name: string
      readonly code: number | null
      readonly signal: NodeJS.Signals | null
    }
  | { readonly kind: 'restarting'; readonly name: string; readonly inMs: number }
  /** The supervisor is about to kill it; `reason` is a sentence. */
  | { readonly kind: 'killing'; readonly name: string; readonly reason: string }
  /** Its next start waits for what `reason`, a sentence, says. */
  | { readonly kind: 'held-back'; readonly name: string; readonly reason: string }
  /** It never became ready and will not be tried again; `reason` is a sentence. */
  | { readonly kind: 'failed'; readonly name: string; readonly reason: string }
  | { readonly kind: 'stopped'; readonly name: string }
