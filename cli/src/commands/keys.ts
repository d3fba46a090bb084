import { Command, InvalidArgumentError } from 'commander'

import { controlVerb, part } from '../control/control-verb.ts'

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const

/** List, issue, rotate, disable, enable and revoke API keys. */
export function keysCommand(): Command {
  return new Command('keys')
    .description('list, issue, rotate, disable, enable and revoke API keys')
    .addCommand(
      controlVerb<{ limit?: string }>(
        'list',
        'every key that you may see, without its secret',
        (_args, { limit }) => ({
          method: 'GET',
          path: `/v1/keys?limit=${part(limit ?? '100')}`,
        }),
      ).option('--limit <count>', 'how many'),
    )
    .addCommand(
      controlVerb<{ project: string; environment: string; user?: string; lifetime?: number }>(
        'issue [id]',
        'make a key; its secret is shown once',
        ([id], { project, environment, user, lifetime }) => ({
          method: 'POST',
          path: '/v1/keys',
          body: { id, project, environment, user, lifetime_seconds: lifetime },
        }),
      )
        .requiredOption('--project <id>', 'who pays')
        .requiredOption('--environment <name>', 'such as prod')
        .option('--user <id>', 'who holds it')
        .option('--lifetime <duration>', 'short-lived: 30m, 8h, 7d', seconds),
    )
    .addCommand(
      controlVerb<{ overlap?: number }>(
        'rotate <id>',
        'give a key another secret; the former one works on for the overlap (a day)',
        ([id], { overlap }) => ({
          method: 'POST',
          path: `/v1/keys/${part(id)}/rotate`,
          body: { overlap_seconds: overlap },
        }),
      ).option('--overlap <duration>', '0s ends the former secret at once', seconds),
    )
    .addCommand(statusVerb('disable', 'stop a key until it is enabled again'))
    .addCommand(statusVerb('enable', 'let a disabled key work again'))
    .addCommand(statusVerb('revoke', 'end a key for ever'))
    .addHelpText('after', '\nExample:\n  $ npx meterline keys rotate key_payments_prod_1 --overlap 1h')
}

function statusVerb(verb: string, description: string): Command {
  return controlVerb(`${verb} <id>`, description, ([id]) => ({
    method: 'POST',
    path: `/v1/keys/${part(id)}/${verb}`,
  }))
}

function seconds(text: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (unit === undefined) throw new InvalidArgumentError('a duration such as 30m, 8h or 7d is expected.')
  return Number(count) * SECONDS[unit as keyof typeof SECONDS]
}
