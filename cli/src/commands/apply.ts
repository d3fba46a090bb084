import type { KafkaClient } from '@meterline/kafka'
import { Command } from 'commander'
import colors from 'picocolors'

import { openConnection } from '../connection/connection.ts'
import type { Connection } from '../connection/connection.ts'
import { addKeys } from '../connection/add-keys.ts'
import { applyOrganization } from '../control/apply-organization.ts'
import type { AppliedOrganization } from '../control/apply-organization.ts'
import { changesText } from '../control/changes-text.ts'
import { loadOrganizationFile } from '../control/load-organization-file.ts'
import { provisionClickhouse } from '../provision/provision.ts'
import { jsonOption, stateDirOption } from './options.ts'

interface ApplyFlags {
  readonly file: string
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly actor: string
  readonly stateDir?: string
}

export function applyCommand(): Command {
  return new Command('apply')
    .description('bring organization, keys, budgets and rates to what a file says')
    .requiredOption('-f, --file <org.yaml>', 'organization file')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--actor <name>', 'who does it, for the audit trail', 'cli')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addHelpText('after', '\nExample:\n  $ npx meterline apply -f examples/organization.yaml --dry-run')
    .action(apply)
}

async function apply(flags: ApplyFlags): Promise<void> {
  const file = loadOrganizationFile(flags.file)
  const connection = openConnection(flags)
  const kafka = connection.openKafka()
  try {
    const knownSecrets = new Map((connection.credentials.keys ?? []).map(({ id, secret }) => [id, secret]))
    const dryRun = flags.dryRun ?? false
    const applied = await applyOrganization(kafka, { file, dryRun, actor: flags.actor, knownSecrets })
    const saved = dryRun ? false : addKeys(connection.stateDir, applied.newKeys)
    if (!dryRun && connection.credentials.clickhouse_url !== undefined)
      await followTimeZone(connection, kafka)
    console.log(
      flags.json ? JSON.stringify(jsonOf(applied, dryRun), null, 2) : textOf(applied, dryRun, saved),
    )
  } finally {
    await kafka.close()
  }
}

/** A changed reporting time zone changes the days of every view. */
async function followTimeZone(connection: Connection, kafka: KafkaClient): Promise<void> {
  const clickhouse = connection.openClickhouse()
  try {
    await provisionClickhouse(clickhouse, kafka)
  } finally {
    await clickhouse.close()
  }
}

function jsonOf({ organizationId, changes, newKeys }: AppliedOrganization, dryRun: boolean): unknown {
  return { organization: organizationId, applied: !dryRun, changes, new_keys: newKeys }
}

function textOf(applied: AppliedOrganization, dryRun: boolean, saved: boolean): string {
  const { changes, newKeys } = applied
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
