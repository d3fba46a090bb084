import { reconcile } from '@meterline/reconciliation'
import type { Reconciliation } from '@meterline/reconciliation'
import { Command } from 'commander'

import { CliError } from '../cli-error.ts'
import { openConnection } from '../connection/connection.ts'
import { reconciliationText } from '../reconcile/reconciliation-text.ts'
import { jsonOption, stateDirOption, wholeNumber } from './options.ts'

const DEFAULT_WAIT_S = 30

interface ReconcileFlags {
  readonly all?: boolean
  readonly wait: number
  readonly json?: boolean
  readonly stateDir?: string
}

export function reconcileCommand(): Command {
  return new Command('reconcile')
    .description('prove that nothing was lost or doubled: accepted = metered + duplicates + rejected = rows')
    .option('--all', 'also what came before the last 24 hours, taken together; reads the whole table')
    .option('--wait <seconds>', 'for the sink to store what was metered by now', wholeNumber, DEFAULT_WAIT_S)
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addHelpText('after', '\nEnds with exit code 1 when it does not hold.')
    .action(run)
}

async function run(flags: ReconcileFlags): Promise<void> {
  const result = await ask(flags)
  console.log(flags.json ? JSON.stringify(result, null, 2) : reconciliationText(result))
  if (!result.holds) throw new CliError(`${result.difference} records do not match`)
}

async function ask(flags: ReconcileFlags): Promise<Reconciliation> {
  const connection = openConnection(flags)
  const kafka = connection.openKafka()
  const clickhouse = connection.openClickhouseReader()
  try {
    return await reconcile({
      kafka,
      clickhouse,
      waitMs: flags.wait * 1_000,
      withEarlier: flags.all === true,
    })
  } finally {
    await clickhouse.close()
    await kafka.close()
  }
}
