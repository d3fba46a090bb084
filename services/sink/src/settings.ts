import { DEFAULT_USAGE_PARTITIONS, TOPICS } from '@meterline/contract'
import { join } from 'node:path'

import type { SinkConfig } from './config.ts'
import type { SinkSettings } from './pipeline.ts'

const MIB = 1024 * 1024

/** Bytes of one range: far below what one block may hold, and large enough for the rows of a full one. */
const MAX_RANGE_BYTES = 48 * MIB
/** ClickHouse refuses an insert into more than a hundred months, however often it is sent. */
const MAX_RANGE_MONTHS = 60
const MAX_BACKOFF_MS = 2_000

export function sinkSettings(config: SinkConfig): SinkSettings {
  const { METERLINE_STATE_DIR: stateDir } = config
  return {
    bounds: {
      maxRows: config.METERLINE_SINK_FLUSH_ROWS,
      maxBytes: MAX_RANGE_BYTES,
      maxMonths: MAX_RANGE_MONTHS,
      maxAgeMs: config.METERLINE_SINK_FLUSH_MS,
    },
    maxBufferedBytes: config.METERLINE_SINK_BUFFER_MB * MIB,
    leaseMs: config.METERLINE_SINK_LEASE_MS,
    maxBackoffMs: MAX_BACKOFF_MS,
    rejectedTopic: { name: TOPICS.usageRejected.name, partitions: DEFAULT_USAGE_PARTITIONS },
    groupPrefix: 'sink',
    ...(stateDir === undefined ? {} : { memberDirectory: join(stateDir, 'members', 'sink') }),
  }
}
