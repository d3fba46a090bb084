import { TOPICS } from '@meterline/contract'

import { RECEIVED_MS } from '../../../../services/processor/src/meter/meter.test-data.ts'

/** When every run begins. */
export const START_MS = RECEIVED_MS
export const USAGE_PARTITIONS = 2
export const SPEND_PARTITIONS = 2
export const SPEND_STATE_SCHEMA_ID = 13
export const BURN_CHANGE_SCHEMA_ID = 14
export const SINK_GROUP = `sink.${TOPICS.usageMetered.name}`

export const SIM_TOPICS: Readonly<Record<string, number>> = {
  [TOPICS.usageEvents.name]: USAGE_PARTITIONS,
  [TOPICS.usageMetered.name]: USAGE_PARTITIONS,
  [TOPICS.usageRejected.name]: USAGE_PARTITIONS,
  [TOPICS.meterChangelog.name]: USAGE_PARTITIONS,
  [TOPICS.spendDelta.name]: SPEND_PARTITIONS,
  [TOPICS.spendAlert.name]: SPEND_PARTITIONS,
  [TOPICS.spendState.name]: SPEND_PARTITIONS,
  [TOPICS.burnChangelog.name]: SPEND_PARTITIONS,
}

/** Who reads what; the run is over when all of it has been read. */
export const GROUPS: readonly { readonly groupId: string; readonly topic: string }[] = [
  { groupId: 'meter', topic: TOPICS.usageEvents.name },
  { groupId: 'burn', topic: TOPICS.spendDelta.name },
  { groupId: SINK_GROUP, topic: TOPICS.usageMetered.name },
]

export const SESSION_TIMEOUT_MS = 5_000

/** As in production, but for longer polls: an empty answer costs a step. */
export const GROUP_TIMES = {
  sessionTimeoutMs: SESSION_TIMEOUT_MS,
  heartbeatIntervalMs: 1_000,
  fetchMaxWaitMs: 800,
}
