import { Command } from 'commander'

import { controlVerb, part } from '../control/control-verb.ts'
import { creditsNumber } from './options.ts'

interface CreateFlags {
  readonly kind: string
  readonly subject: string
  readonly credits: number
  readonly description: string
  readonly ends?: string
  readonly incident?: string
}

/** Ask for credits, and answer those who ask. */
export function requestsCommand(): Command {
  return new Command('requests')
    .description('ask for credits, and answer requests')
    .addCommand(
      controlVerb('list', 'every request that you may see', () => ({ method: 'GET', path: '/v1/requests' })),
    )
    .addCommand(
      controlVerb<CreateFlags>('create', 'ask for credits', (_args, flags) => ({
        method: 'POST',
        path: '/v1/requests',
        body: {
          kind: flags.kind,
          subject: flags.subject,
          credits: flags.credits,
          description: flags.description,
          ends_at: flags.ends,
          incident: flags.incident,
        },
      }))
        .option('--kind <kind>', 'boost, top_up or reserve_draw', 'boost')
        .requiredOption('--subject <scope>', 'such as user:u_1 or allocation:org-1234-bg-payments')
        .requiredOption('--credits <credits>', 'how many more', creditsNumber)
        .requiredOption('--description <text>', 'the work it is for')
        .option('--ends <time>', 'until when, such as 2026-12-01')
        .option('--incident <id>', 'the incident that it is to end'),
    )
    .addCommand(
      controlVerb<{ note?: string; side?: string; ends?: string }>(
        'approve <id>',
        'say yes, for finance, engineering or as the owner',
        ([id], { note, side, ends }) => ({
          method: 'POST',
          path: `/v1/requests/${part(id)}/approve`,
          body: { note, side, ends_at: ends },
        }),
      )
        .option('--note <text>', 'for the record')
        .option('--side <side>', 'finance, engineering or owner')
        .option('--ends <time>', 'until when it holds'),
    )
    .addCommand(
      controlVerb<{ reason: string }>('decline <id>', 'say no', ([id], { reason }) => ({
        method: 'POST',
        path: `/v1/requests/${part(id)}/decline`,
        body: { reason },
      })).requiredOption('--reason <text>', 'why'),
    )
    .addCommand(
      controlVerb('withdraw <id>', 'take the own request back', ([id]) => ({
        method: 'POST',
        path: `/v1/requests/${part(id)}/withdraw`,
      })),
    )
}
