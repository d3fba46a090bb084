import { Command } from 'commander'

import { controlVerb, part } from '../control/control-verb.ts'

const FILTERS = ['kind', 'id', 'actor', 'from', 'to', 'limit'] as const

type Filters = Partial<Readonly<Record<(typeof FILTERS)[number], string>>>

export function auditCommand(): Command {
  return controlVerb<Filters>('audit', 'who changed what and when, newest first', (_args, flags) => {
    const query = FILTERS.flatMap((name) =>
      flags[name] === undefined ? [] : [`${name}=${part(flags[name])}`],
    )
    return { method: 'GET', path: `/v1/audit?${query.join('&')}` }
  })
    .option('--kind <kind>', 'such as api_key')
    .option('--id <id>', 'of one entity')
    .option('--actor <actor>', 'such as user:lea')
    .option('--from <time>', 'from then on')
    .option('--to <time>', 'before then')
    .option('--limit <count>', 'how many')
    .addHelpText('after', '\nExample:\n  $ npx meterline audit --kind allocation --from 2026-11-01')
}
