import type { SpendAlert } from '@meterline/domain'
import { Command, InvalidArgumentError } from 'commander'

import { openConnection } from '../connection/connection.ts'
import { controlVerb, part } from '../control/control-verb.ts'
import { alertText } from '../live/alert-text.ts'
import { followAlerts } from '../live/spend-feed.ts'
import { jsonOption, stateDirOption, wholeNumber } from './options.ts'
import { untilInterrupted } from './until-interrupted.ts'

const MAX_KEPT = 10_000

interface AlertsFlags {
  readonly follow?: boolean
  readonly severity?: readonly string[]
  readonly limit: number
  readonly json?: boolean
  readonly stateDir?: string
}

export function alertsCommand(): Command {
  return new Command('alerts')
    .description('list the spend alerts, and follow those to come')
    .option('--follow', 'go on as they come, until Ctrl-C')
    .option('--severity <names>', 'only these, e.g. critical,hard_cap', severities)
    .option('--limit <count>', 'how many of the past ones', wholeNumber, 20)
    .addOption(jsonOption('one JSON object a line'))
    .addOption(stateDirOption())
    .action(alerts)
    .addCommand(markVerb('ack', 'acknowledge', 'take an alert on: it does not escalate'))
    .addCommand(markVerb('resolve', 'resolve', 'say that an alert is dealt with'))
}

function markVerb(name: string, act: string, description: string): Command {
  return controlVerb<{ note?: string }>(`${name} <id>`, description, ([id], { note }) => ({
    method: 'POST',
    path: `/v1/alerts/${part(id)}/${act}`,
    body: { note },
  })).option('--note <text>', 'for the record')
}

async function alerts(flags: AlertsFlags): Promise<void> {
  const wanted = flags.severity
  const print = (alert: SpendAlert): void =>
    console.log(flags.json ? JSON.stringify(alert) : alertText(alert))
  const past: SpendAlert[] = []
  let isPast = true
  const kafka = openConnection(flags).openKafka()
  const feed = await followAlerts(kafka, (alert) => {
    if (wanted !== undefined && !wanted.includes(alert.severity)) return
    if (!isPast) return print(alert)
    past.push(alert)
    if (past.length > MAX_KEPT) past.shift()
  })
  try {
    await feed.caughtUp
    isPast = false
    past.sort((a, b) => (a.at < b.at ? -1 : 1))
    for (const alert of past.slice(-flags.limit)) print(alert)
    if (flags.follow === true) await untilInterrupted(feed.done)
    else if (past.length === 0 && !flags.json) console.log('No alerts so far.')
  } finally {
    await feed.stop()
    await kafka.close()
  }
}

const SEVERITIES: readonly string[] = [
  'info',
  'warning',
  'critical',
  'hard_cap',
] satisfies readonly SpendAlert['severity'][]

function severities(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !SEVERITIES.includes(name))
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`"${unknown}" is none of ${SEVERITIES.join(', ')}.`)
  }
  return names
}
