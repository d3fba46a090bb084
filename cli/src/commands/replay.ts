import { hash32 } from '@meterline/simulation'
import { Command, Option } from 'commander'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'

import { CliError, EXIT, usageError } from '../cli-error.ts'
import { openConnection } from '../connection/connection.ts'
import type { Connection } from '../connection/connection.ts'
import { countText, durationText } from '../output/format.ts'
import { progressBar } from '../output/progress-bar.ts'
import { parseStart } from '../replay/replay-clock.ts'
import { replayFile } from '../replay/replay-file.ts'
import type { ReplaySummary } from '../replay/replay-tally.ts'
import { secretOf } from '../send/http-delivery.ts'
import { openDelivery } from '../send/open-delivery.ts'
import type { Via } from '../send/open-delivery.ts'
import { jsonOption, shareNumber, speedNumber, stateDirOption, wholeNumber } from './options.ts'

interface ReplayFlags {
  readonly via: Via
  readonly speed: number
  readonly start: string
  readonly mapping?: string
  readonly keys?: string
  readonly provider: string
  readonly model: string
  readonly endpoint: string
  readonly duplicates: number
  readonly late: number
  readonly malformed: number
  readonly seed?: string
  readonly limit?: number
  readonly json?: boolean
  readonly stateDir?: string
}

export function replayCommand(): Command {
  return new Command('replay')
    .description('send a trace (CSV) as usage events: Azure LLM traces, BurstGPT, or columns of your own')
    .argument('<file.csv>', 'the trace; its first line names the columns')
    .addOption(new Option('--via <way>', 'the way in').choices(['http', 'kafka']).default('http'))
    .option(
      '--speed <factor>',
      '0: as fast as possible, 1: the pace of the trace, 10: ten times that',
      speedNumber,
      0,
    )
    .option(
      '--start <when>',
      'now, keep (the times of the trace), or a time such as 2026-11-01T00:00:00Z',
      'now',
    )
    .option('--mapping <pairs>', 'field=column,…; for instance timestamp=time,units.tokens_input=prompt')
    .option('--keys <ids>', 'keys to spread the events over (default: all in credentials.json)')
    .option('--provider <name>', 'where the trace names none', 'openai')
    .option('--model <name>', 'where the trace names none', 'gpt-5-mini')
    .option('--endpoint <tag>', 'where the trace names none', 'replay')
    .option('--duplicates <share>', 'send this share twice, e.g. 5%', shareNumber, 0)
    .option('--late <share>', 'move this share one to six hours into the past', shareNumber, 0)
    .option('--malformed <share>', 'add this share of broken events', shareNumber, 0)
    .option('--seed <text>', 'same seed and file: same events, also the same request ids')
    .option('--limit <rows>', 'stop after so many rows', wholeNumber)
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action(replay)
}

async function replay(path: string, flags: ReplayFlags): Promise<void> {
  if (!existsSync(path)) throw usageError(`there is no file ${path}`)
  const connection = openConnection(flags)
  const keyIds = flags.keys?.split(',').map((id) => id.trim()) ?? connection.need('keys').map(({ id }) => id)
  if (flags.via === 'http') assertSecrets(connection, keyIds)
  const seed = flags.seed ?? randomBytes(6).toString('hex')
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort(new CliError('stopped', { exitCode: 130 })))
  const delivery = await openDelivery(connection, flags.via)
  const bar = progressBar()
  const startedMs = performance.now()
  try {
    const summary = await replayFile(delivery, {
      path,
      mapping: flags.mapping,
      start: parseStart(flags.start),
      speed: flags.speed,
      keyIds,
      defaults: { provider: flags.provider, model: flags.model, endpoint: flags.endpoint },
      disturbance: { duplicates: flags.duplicates, late: flags.late, malformed: flags.malformed },
      seed,
      runId: hash32(`${seed}/${basename(path)}`).toString(36),
      limitRows: flags.limit,
      signal: stopping.signal,
      onProgress: (share, sent) => bar.update(share, progressText(sent, performance.now() - startedMs)),
    })
    bar.done()
    console.log(flags.json ? JSON.stringify(summary, null, 2) : summaryText(summary))
    if (flags.malformed === 0 && Object.keys(summary.refused).length > 0) process.exitCode = EXIT.failed
  } finally {
    await delivery.close()
  }
}

/** Before the first event, not in the middle. */
function assertSecrets(connection: Connection, keyIds: readonly string[]): void {
  const secrets = new Map(connection.need('keys').map(({ id, secret }) => [id, secret]))
  for (const keyId of keyIds) secretOf(secrets, keyId)
}

function progressText(sent: number, elapsedMs: number): string {
  return `${countText(sent)} events, ${countText(sent / Math.max(0.001, elapsedMs / 1_000))}/s`
}

function summaryText(summary: ReplaySummary): string {
  const refused = Object.entries(summary.refused).map(([code, count]) => `${code} ${countText(count)}`)
  const lines = [
    `${summary.trace} through ${summary.via}: ${countText(summary.rows_sent)} events in ${durationText(summary.elapsed_ms)} (${countText(summary.events_per_second)}/s)`,
    `  duplicates ${countText(summary.duplicates_sent)}, late ${countText(summary.late_sent)}, malformed ${countText(summary.malformed_sent)}`,
    `  accepted ${countText(summary.accepted)}, refused ${refused.length === 0 ? '0' : refused.join(', ')}`,
  ]
  if (summary.skipped_rows > 0) lines.push(`  rows left out: ${countText(summary.skipped_rows)}`)
  return [...lines, ...summary.samples.map((sample) => `    ${sample}`)].join('\n')
}
