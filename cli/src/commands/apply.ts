import { Command } from 'commander'
import colors from 'picocolors'

import { addKeys } from '../connection/add-keys.ts'
import { openConnection } from '../connection/connection.ts'
import type { Connection } from '../connection/connection.ts'
import { applyFile } from '../control/apply-file.ts'
import type { AppliedFile } from '../control/apply-file.ts'
import { changesText } from '../control/changes-text.ts'
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
  const knownSecrets = new Map((connection.credentials.keys ?? []).map(({ id, secret }) => [id, secret]))
  const dryRun = flags.dryRun ?? false
  const applied = await applyFile(controlClient(connection), { file: text, dryRun, knownSecrets })
  const saved = dryRun ? false : addKeys(connection.stateDir, applied.new_keys)
  if (!dryRun) await followTimeZone(connection)
  const organization = file.organization.id
  console.log(
    flags.json
      ? JSON.stringify({ organization, applied: !dryRun, ...applied }, null, 2)
      : textOf(applied, dryRun, saved),
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

function textOf(applied: AppliedFile, dryRun: boolean, saved: boolean): string {
  const { changes, new_keys: newKeys } = applied
  if (changes.length === 0) return 'Nothing to change: the organization is as the file says.'
  const lines = [changesText(changes), '']
  lines.push(
    dryRun
      ? colors.yellow('Dry run: nothing was changed.')
      : colors.green(`Applied ${changes.length} changes.`),
  )
  if (newKeys.length > 0) {
    lines.push('', 'New secrets, shown once:', ...newKeys.map(({ id, secret }) => `  ${id}  ${secret}`))
    lines.push(saved ? 'They are in credentials.json, too.' : 'They are saved nowhere else.')
  }
  return lines.join('\n')
}
