import { createRegistryClient, createSchemaReader, schemaText, TOPICS } from '@meterline/contract'
import type { UsageEvent } from '@meterline/domain'
import { REJECTION_REASONS, REJECTION_STAGES } from '@meterline/domain'
import { Command, InvalidArgumentError, Option } from 'commander'
import { createInterface } from 'node:readline/promises'

import { CliError, usageError } from '../cli-error.ts'
import { openConnection } from '../connection/connection.ts'
import type { Connection } from '../connection/connection.ts'
import { countText } from '../output/format.ts'
import { printable } from '../output/printable.ts'
import { readRejected } from '../rejected/read-rejected.ts'
import { countRejected, newestRejected, rejectedById } from '../rejected/rejected-rows.ts'
import type { RejectedFilter } from '../rejected/rejected-rows.ts'
import { bytesText, rejectedDetails, rejectedJson, rejectedTable } from '../rejected/rejected-text.ts'
import { MAX_REPLAYED, replayRejected } from '../rejected/replay-rejected.ts'
import type { ReplayTally } from '../rejected/replay-rejected.ts'
import { openReplayWays } from '../rejected/replay-ways.ts'
import { parseSince } from '../rejected/since.ts'
import { jsonOption, positiveNumber, stateDirOption } from './options.ts'

interface CommonFlags {
  readonly json?: boolean
  readonly stateDir?: string
}

interface FilterFlags extends CommonFlags {
  readonly reason?: string
  readonly stage?: string
  readonly since?: number
  readonly limit: number
}

interface ReplayFlags extends FilterFlags {
  readonly dryRun?: boolean
  readonly yes?: boolean
}

const DEFAULT_LISTED = 20

export function rejectedCommand(): Command {
  const list = filtered(new Command('list'), DEFAULT_LISTED)
    .description('the newest first')
    .action(listRejected)
  const show = new Command('show')
    .description('one of them whole: headers, bytes as received, and what they say')
    .argument('<id>', 'as in the list: partition/offset', rejectedId)
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action(showRejected)
  const replay = filtered(new Command('replay'), MAX_REPLAYED)
    .description('send again what was rejected, after a mapping, a rate or a schema is mended')
    .option('--dry-run', 'only say what would be sent')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nNothing counts twice: what is in usage already is skipped, and a request on its way there meets its twin.',
    )
    .action(sendAgain)
  return new Command('rejected')
    .description('what was not counted, and why; send it again')
    .addCommand(list)
    .addCommand(show)
    .addCommand(replay)
}

function filtered(command: Command, limit: number): Command {
  return command
    .addOption(new Option('--reason <reason>', 'only these').choices([...REJECTION_REASONS]))
    .addOption(new Option('--stage <stage>', 'only what was rejected there').choices([...REJECTION_STAGES]))
    .option('--since <when>', 'e.g. 30m, 2h, 7d, or a time such as 2026-11-01T00:00:00Z', since)
    .option('--limit <count>', 'at most so many', positiveNumber, limit)
    .addOption(jsonOption())
    .addOption(stateDirOption())
}

async function listRejected(flags: FilterFlags): Promise<void> {
  const clickhouse = openConnection(flags).openClickhouseReader()
  try {
    const rows = await newestRejected(clickhouse, filterOf(flags), flags.limit)
    console.log(flags.json ? JSON.stringify(rows.map(rejectedJson), null, 2) : rejectedTable(rows))
  } finally {
    await clickhouse.close()
  }
}

async function showRejected(id: string, flags: CommonFlags): Promise<void> {
  const connection = openConnection(flags)
  const clickhouse = connection.openClickhouseReader()
  try {
    const row = await rejectedById(clickhouse, id)
    if (row === undefined) throw new CliError(`usage.rejected/${id} is not in the table`)
    const content = await readRejected(row, schemasOf(connection))
    const { form, text } = bytesText(row.value)
    const whole = { ...rejectedJson(row), headers: row.headers, content, value: { form, text } }
    console.log(flags.json ? JSON.stringify(whole, null, 2) : rejectedDetails(row, content))
  } finally {
    await clickhouse.close()
  }
}

async function sendAgain(flags: ReplayFlags): Promise<void> {
  const connection = openConnection(flags)
  const clickhouse = connection.openClickhouseReader()
  // What is rejected again while this runs is for the next time.
  const filter = { ...filterOf(flags), untilMs: Date.now() }
  const common = { clickhouse, schemas: schemasOf(connection), filter, limit: flags.limit }
  try {
    if (flags.dryRun === true) {
      return report(await replayRejected({ ...common, ways: undefined }), flags, 'would be sent')
    }
    if (flags.yes !== true) {
      const counts = await countRejected(clickhouse, filter)
      await confirm(counts.reduce((sum, { records }) => sum + records, 0))
    }
    const ways = openReplayWays(connection)
    try {
      report(await replayRejected({ ...common, ways }), flags, 'were sent')
    } finally {
      await ways.close()
    }
  } finally {
    await clickhouse.close()
  }
}

async function confirm(records: number): Promise<void> {
  if (!process.stdin.isTTY) throw usageError('say --yes (or --dry-run): there is nobody to ask')
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(`Replay ${countText(records)} rejected records? [y/N] `)
  terminal.close()
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('nothing was sent')
}

function report({ records, requests, skipped }: ReplayTally, flags: CommonFlags, did: string): void {
  if (flags.json) {
    console.log(JSON.stringify({ records, requests, skipped: Object.fromEntries(skipped) }, null, 2))
    return
  }
  const lines = [
    `${countText(records)} records ${did} to usage.events, as received`,
    `${countText(requests)} requests ${did} to the gateway`,
    ...[...skipped].map(([why, count]) => `${countText(count)} skipped: ${printable(why)}`),
  ]
  console.log(lines.join('\n'))
}

function filterOf({ reason, stage, since: sinceMs }: FilterFlags): RejectedFilter {
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(stage === undefined ? {} : { stage }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  }
}

function schemasOf(connection: Connection) {
  const registry = createRegistryClient({ url: connection.need('schema_registry_url') })
  return createSchemaReader<UsageEvent>({ registry, schema: schemaText(TOPICS.usageEvents.schema) })
}

function since(text: string): number {
  const sinceMs = parseSince(text, Date.now())
  if (sinceMs === undefined) throw new InvalidArgumentError('30m, 2h, 7d, or a time in ISO 8601 is expected.')
  return sinceMs
}

function rejectedId(text: string): string {
  if (!/^\d{1,9}\/\d{1,15}$/.test(text))
    throw new InvalidArgumentError('partition/offset is expected, e.g. 3/120.')
  return text
}
