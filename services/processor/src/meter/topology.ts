import { TOPICS } from '@meterline/contract'
import { topology, type Topology } from '@meterline/topology'

import type { MeterOptions } from './meter-options.ts'
import { attribute } from './processors/attribute.ts'
import { dropDuplicates } from './processors/drop-duplicates.ts'
import { rate } from './processors/rate.ts'

const HOUR_MS = 3_600_000

/** `usage.events` → `usage.metered`: each request counted once or corrected, attributed, rated, and its spend told to burn. */
export function meterTopology(options: MeterOptions): Topology {
  // The window is kept by whole hours, so the oldest one may reach back an hour further.
  const retentionMs = options.dedupWindowMs + HOUR_MS
  const metered = TOPICS.usageMetered.name
  const changelog = TOPICS.meterChangelog.name

  return topology('meter')
    .from(TOPICS.usageEvents.name)
    .through('drop-duplicates', dropDuplicates(options), {
      restoreFrom: [{ topic: metered, retentionMs }, { topic: changelog }],
    })
    .through('attribute', attribute(options))
    .through('rate', rate(options))
    .to(metered, {
      rejected: TOPICS.usageRejected.name,
      deltas: TOPICS.spendDelta.name,
      changelog,
    })
}
