/** Why an event is not counted. Each one can be replayed after the cause is mended. */
export const REJECTION_REASONS = [
  'undecodable',
  'unknown_schema_id',
  'tombstone',
  'invalid_field',
  'unknown_key',
  'disabled_key',
  'missing_label',
  'contradicting_label',
  'label_missing',
  'label_not_allowed',
  'unknown_team',
  'timestamp_too_old',
  'timestamp_in_future',
  // Written by earlier versions only.
  'correction_unsupported',
  'correction_original_not_found',
  'correction_wrong_partition',
  'correction_limit_reached',
  'unstorable',
] as const
export type RejectionReason = (typeof REJECTION_REASONS)[number]

export const REJECTION_STAGES = ['gateway', 'drop-duplicates', 'attribute', 'rate', 'sink'] as const
export type RejectionStage = (typeof REJECTION_STAGES)[number]

export interface Rejection {
  readonly reason: RejectionReason
  readonly stage: RejectionStage
  /** A sentence that names the field and the way out. */
  readonly error: string
}
