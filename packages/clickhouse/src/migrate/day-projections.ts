import type { Clickhouse } from '../clickhouse.ts'
import type { Placeholders } from './migration-files.ts'

/** `infra/clickhouse/013_spend_by_day.sql` */
const PREFIX = 'spend_by_day_'

/** A time zone as part of a projection's name, which is the name of a folder too: `America/New_York` is `america__new_york`. */
export function zoneTitle(timeZone: string): string {
  return timeZone.replaceAll('/', '__').replaceAll('+', '_plus_').replaceAll('-', '_minus_').toLowerCase()
}

/**
 * Drops the sums of the days of other time zones than the reporting one: nothing asks them any more. Each zone has a name of
 * its own, because an insert that began before a projection was replaced would store the old days under the new one's name.
 */
export async function dropOtherDays(clickhouse: Clickhouse, placeholders: Placeholders): Promise<void> {
  const { on_cluster, zone_title } = placeholders
  const others = await clickhouse.rows<{ name: string }>(
    "SELECT name FROM system.projections WHERE database = currentDatabase() AND table = 'usage' AND startsWith(name, {prefix:String}) AND name != {kept:String}",
    { parameters: { prefix: PREFIX, kept: PREFIX + zone_title } },
  )
  for (const { name } of others) {
    // Not waited for: it stands behind the making of the new sums, which takes minutes where there is much.
    await clickhouse.command(
      `ALTER TABLE usage ${on_cluster} DROP PROJECTION IF EXISTS ${name} SETTINGS alter_sync = 0, mutations_sync = 0`,
    )
  }
}
