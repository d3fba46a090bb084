import { Command } from 'commander'

import { controlVerb, part } from '../control/control-verb.ts'

/** Credits of pools and allocations. */
export function creditsCommand(): Command {
  return new Command('credits')
    .description('grant credits, and see balances and the ledger')
    .addCommand(
      controlVerb<{ reference?: string; expires?: string; priority?: string; kind?: string }>(
        'grant <pool> <credits>',
        'put credits into a pool',
        ([pool, credits], { reference, expires, priority, kind }) => ({
          method: 'POST',
          path: `/v1/pools/${part(pool)}/grants`,
          body: {
            credits: Number(credits),
            reference,
            kind,
            expires_at: expires,
            priority: priority === undefined ? undefined : Number(priority),
          },
        }),
      )
        .option('--kind <kind>', 'purchase, top_up or promotion')
        .option('--reference <text>', 'invoice or order')
        .option('--expires <time>', 'such as 2026-12-31')
        .option('--priority <number>', 'the lowest is drawn first'),
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
