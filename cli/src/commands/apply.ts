import { Command } from 'commander'
import colors from 'picocolors'

import { openConnection } from '../connection/connection.ts'
import type { Connection } from '../connection/connection.ts'
import { applyFile } from '../control/apply-file.ts'
import type { AppliedFile } from '../control/apply-file.ts'
import { applyWithSecrets } from '../control/apply-with-secrets.ts'
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
  const { changes, new_keys: newKeys, waiting } = applied
  if (changes.length === 0 && waiting.length === 0) {
    return 'Nothing to change: the organization is as the file says.'
  }
  const lines = changes.length === 0 ? [] : [changesText(changes), '']
  if (waiting.length > 0) lines.push(...waitingLines(waiting), '')
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

/** What may be spent under a standing allocation is changed by two people, not by a file. */
function waitingLines(waiting: AppliedFile['waiting']): readonly string[] {
  const count = waiting.reduce((sum, { changes }) => sum + changes.length, 0)
  const ids = waiting.flatMap(({ request }) => (request === null ? [] : [request]))
  const what = count === 1 ? '1 allocation change waits' : `${count} allocation changes wait`
  return [
    colors.yellow(`${what} for a yes of finance and of engineering:`),
    ...waiting.flatMap(({ request, opened, changes }) => [
      `  request ${request ?? '(to be opened)'}${request !== null && !opened ? ', open already' : ''}`,
      changesText(changes).replaceAll(/^/gm, '    '),
    ]),
    ...ids.map(
      (id) => `  approve with: npx meterline requests approve ${id} --side finance (and engineering)`,
    ),
  ]
}
