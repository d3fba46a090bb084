/** Kafka record headers that Meterline writes and reads. */
export const HEADERS = {
  /** `gateway` when the labels on the event are the authenticated key's own (attribution method B). */
  attributedBy: 'meterline-attributed-by',
  /**
   * Offset in control.log that the gateway's view had reached: meter waits until its own view is as new, and does not ask the
   * label policies again. Nobody else sets it.
   */
  controlOffset: 'meterline-control-offset',
  reason: 'meterline-reason',
  stage: 'meterline-stage',
  error: 'meterline-error',
  sourceTopic: 'meterline-source-topic',
  sourcePartition: 'meterline-source-partition',
  sourceOffset: 'meterline-source-offset',
  /** On what was rejected once and sent again: topic, partition and offset of the rejection. */
  replayedFrom: 'meterline-replayed-from',
  /** The key that sent it, where it is known. */
  apiKeyId: 'meterline-api-key-id',
} as const
