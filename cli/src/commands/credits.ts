import { Command, InvalidArgumentError } from 'commander'

import { usageError } from '../cli-error.ts'
import { controlVerb, part } from '../control/control-verb.ts'
import { creditsNumber, wholeNumber } from './options.ts'

/** Credits of pools and allocations. */
export function creditsCommand(): Command {
  return new Command('credits')
    .description('grant credits, and see balances and the ledger')
    .addCommand(
      controlVerb<{ reference?: string; expires?: string; priority?: number; kind?: string }>(
        'grant <pool> <credits>',
        'put credits into a pool',
        ([pool, credits], { reference, expires, priority, kind }) => ({
          method: 'POST',
          path: `/v1/pools/${part(pool)}/grants`,
          body: {
            credits: creditsOfArgument(credits),
            reference,
            kind,
            expires_at: expires,
            priority,
          },
        }),
      )
        .option('--kind <kind>', 'purchase, top_up or promotion')
        .option('--reference <text>', 'invoice or order')
        .option('--expires <time>', 'such as 2026-12-31')
        .option('--priority <number>', 'the lowest is drawn first', wholeNumber),
    )
    .addCommand(
      controlVerb(
        'balance <allocation>',
        'what an allocation may spend this month, and what is left',
        ([id]) => ({
          method: 'GET',
          path: `/v1/allocations/${part(id)}/balance`,
        }),
      ),
    )
    .addCommand(
      controlVerb<{ limit?: string }>('ledger', 'the entries of the ledger, by id', (_args, { limit }) => ({
        method: 'GET',
        path: `/v1/ledger?limit=${part(limit ?? '100')}`,
      })).option('--limit <count>', 'how many'),
    )
    .addHelpText('after', '\nExample:\n  $ npx meterline credits grant main 1000000 --reference PO-4711')
}

function creditsOfArgument(text = ''): number {
  try {
    return creditsNumber(text)
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw usageError(`"${text}" is no sum: ${error.message}`)
    throw error
  }
}
