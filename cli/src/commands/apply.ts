import { Command } from 'commander'

import { openConnection } from '../connection/connection.ts'
import type { Connection } from '../connection/connection.ts'
import { appliedText } from '../control/applied-text.ts'
import { applyFile } from '../control/apply-file.ts'
import { applyWithSecrets } from '../control/apply-with-secrets.ts'
import { controlClient } from '../control/control-client.ts'
import { readOrganizationText } from '../control/load-organization-file.ts'
import { provisionClickhouse } from '../provision/provision.ts'
import { jsonOption, stateDirOption } from './options.ts'

interface ApplyFlags {
  readonly file: string
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly stateDir?: string
}

export function applyCommand(): Command {
  return new Command('apply')
    .description('bring organization, keys, budgets and rates to what a file says')
    .requiredOption('-f, --file <org.yaml>', 'organization file')
    .option('--dry-run', 'show what would change, and change nothing')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addHelpText('after', '\nExample:\n  $ npx meterline apply -f examples/organization.yaml --dry-run')
    .action(apply)
}

async function apply(flags: ApplyFlags): Promise<void> {
  // Checked here first: problems are told with their lines, before anything is asked of anybody.
  const { text, file } = readOrganizationText(flags.file)
  const connection = openConnection(flags)
  const client = controlClient(connection)
  const dryRun = flags.dryRun ?? false
  const { applied, saved } = dryRun
    ? { applied: await applyFile(client, { file: text, dryRun, knownSecrets: new Map() }), saved: false }
    : await applyWithSecrets(client, { file: text, connection })
  if (!dryRun) await followTimeZone(connection)
  const organization = file.organization.id
  console.log(
    flags.json
      ? JSON.stringify({ organization, applied: !dryRun, ...applied }, null, 2)
      : appliedText(applied, { file: flags.file, dryRun, saved }),
  )
}

/** A changed reporting time zone changes the days of every view; where Kafka and ClickHouse are not ours to reach, `provision` does it. */
async function followTimeZone(connection: Connection): Promise<void> {
  const { clickhouse_url: clickhouseUrl, kafka_brokers: brokers } = connection.credentials
  if (clickhouseUrl === undefined || brokers === undefined) return
  const kafka = connection.openKafka()
  const clickhouse = connection.openClickhouse()
  try {
    await provisionClickhouse(clickhouse, kafka)
  } finally {
    await clickhouse.close()
    await kafka.close()
  }
}
