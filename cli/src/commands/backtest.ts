import { backtestSeries } from '@meterline/domain'
import { Command } from 'commander'

import { backtestFromHistory } from '../backtest/backtest-history.ts'
import type { RuleFlags } from '../backtest/backtest-history.ts'
import { backtestFromSeries } from '../backtest/backtest-series.ts'
import { readSeries } from '../backtest/read-series.ts'
import { usageError } from '../cli-error.ts'
import { jsonOption, positiveNumber, stateDirOption, timeZoneName } from './options.ts'

interface BacktestFlags extends RuleFlags {
  readonly rule?: string
}

export function backtestCommand(): Command {
  return new Command('backtest')
    .description('when an alert rule would have fired, before it is switched on; or the scores of a series')
    .argument('[series.csv]', 'timestamp,value rows in time order; without it --rule looks at recorded usage')
    .option('--rule <rule>', 'the alert rule, such as burn_rate or silence')
    .option('--scope <scope>', 'a scope, or <kind>:* for all of a kind', 'team:*')
    .option('--param <name=value>', 'a parameter of the rule; may be given again', collect, [])
    .option('--minimum <credits>', 'smallest size worth an alert', Number, 0)
    .option('--days <days>', 'how far back to look', positiveNumber, 30)
    .option('--learn <days>', 'days before those from which the rule learns', positiveNumber, 35)
    .option('--time-zone <zone>', 'of a series: whose days and weeks it follows', timeZoneName, 'UTC')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addHelpText(
      'after',
      '\nWithout --rule it prints timestamp,value,score,anomaly (0 or 1) for each row of the series.\n\n' +
        'Examples:\n' +
        '  $ npx meterline backtest --rule silence --days 60\n' +
        "  $ npx meterline backtest --rule burn_rate --scope 'billing_group:*' --param factor=6 --param long=6h --param short=30m\n" +
        '  $ npx meterline backtest spend.csv --rule anomaly_seasonal --time-zone Europe/Berlin',
    )
    .action(backtest)
}

async function backtest(path: string | undefined, flags: BacktestFlags): Promise<void> {
  const { rule } = flags
  if (path === undefined && rule === undefined) throw usageError('a series or --rule is needed')
  if (path === undefined) return backtestFromHistory({ ...flags, rule: rule ?? '' })
  if (rule !== undefined) return backtestFromSeries(path, { ...flags, rule })
  await scoreSeries(path, flags)
}

async function scoreSeries(path: string, flags: BacktestFlags): Promise<void> {
  const series = await readSeries(path)
  const scored = backtestSeries(series, { timeZone: flags.timeZone })
  const rows = scored.map(({ value, score, anomaly }, index) => ({
    timestamp: series[index]?.timestamp ?? '',
    value,
    score: Number(score.toFixed(6)),
    anomaly: anomaly ? 1 : 0,
  }))
  if (flags.json) console.log(JSON.stringify(rows))
  else {
    const lines = rows.map((row) => `${row.timestamp},${row.value},${row.score},${row.anomaly}`)
    console.log(['timestamp,value,score,anomaly', ...lines].join('\n'))
  }
}

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text]
}
