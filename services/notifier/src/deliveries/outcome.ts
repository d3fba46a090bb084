import { OutgoingError } from '../outgoing/outgoing-error.ts'
import { SettingError } from '../secrets/secret-source.ts'

/** What came of one attempt. */
export type Outcome =
  | {
      readonly kind: 'delivered'
      readonly detail: string
    }
  /** May pass by itself: tried again by the schedule, not before `retryAfterMs` where the receiver names a pause. */
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly message: string
      readonly retryAfterMs?: number
      /** The receiver is overloaded: nothing goes to the channel during the pause. */
      readonly throttled?: boolean
      /** Recipients that have it already, where a channel has several. */
      readonly accepted?: readonly string[]
    }
  /** The same request will never be taken: a person has to look. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** The receiver is gone for good: nothing is sent to the channel any more. */
  | { readonly kind: 'gone'; readonly code: string; readonly message: string }

/** An attempt that threw: what is wrong with the network or the settings is tried again, anything else is a defect of ours. */
export function thrownOutcome(error: unknown): Outcome {
  if (error instanceof OutgoingError) {
    const { code, message } = error
    return error.retryable ? { kind: 'failed', code, message } : { kind: 'refused', code, message }
  }
  if (error instanceof SettingError) return { kind: 'failed', code: error.code, message: error.message }
  const message = error instanceof Error ? error.message : String(error)
  return { kind: 'failed', code: 'defect', message }
}
