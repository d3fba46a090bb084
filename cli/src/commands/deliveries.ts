import { Command, Option } from 'commander'
import { z } from 'zod'

import { openNotifier } from '../notifier/notifier-client.ts'
import { printable } from '../output/printable.ts'
import { tableText } from '../output/table.ts'
import { jsonOption, positiveNumber, stateDirOption } from './options.ts'

interface Flags {
  readonly json?: boolean
  readonly stateDir?: string
}

interface ListFlags extends Flags {
  readonly state?: string
  readonly channel?: string
  readonly alert?: string
  readonly limit: number
}

const delivery = z.looseObject({
  id: z.string(),
  channel: z.string(),
  occasion: z.string(),
  state: z.string(),
  attempts: z.int(),
  updated_at: z.string(),
  next_attempt_at: z.string().nullable(),
  last: z.object({ code: z.string(), message: z.string() }).nullable(),
})
const deliveries = z.object({ deliveries: z.array(delivery) })

export function deliveriesCommand(): Command {
  const list = new Command('list')
    .description('the newest first')
    .addOption(new Option('--state <state>').choices(['pending', 'delivered', 'dead']))
    .option('--channel <id>', 'only to this channel')
    .option('--alert <id>', 'only about this alert')
    .option('--limit <count>', 'how many', positiveNumber, 20)
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action(listDeliveries)
  const again = new Command('redeliver')
    .description('send one again, under the same id: its receiver knows whether it has it')
    .argument('<id>')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action(redeliver)
  return new Command('deliveries')
    .description('notifications on their way, delivered and given up')
    .addCommand(list)
    .addCommand(again)
}

async function listDeliveries(flags: ListFlags): Promise<void> {
  const query = new URLSearchParams({ limit: String(flags.limit) })
  for (const name of ['state', 'channel', 'alert'] as const) {
    const value = flags[name]
    if (value !== undefined) query.set(name, value)
  }
  const { deliveries: found } = await openNotifier(flags).ask(
    `/v1/deliveries?${query.toString()}`,
    deliveries,
  )
  if (flags.json === true) console.log(JSON.stringify(found))
  else if (found.length === 0) console.log('No deliveries.')
  else console.log(listText(found))
}

function listText(found: readonly z.output<typeof delivery>[]): string {
  return tableText(
    [
      { title: 'delivery', text: ({ id }) => printable(id) },
      { title: 'channel', text: ({ channel }) => printable(channel) },
      { title: 'occasion', text: ({ occasion }) => occasion },
      { title: 'state', text: ({ state }) => state },
      { title: 'attempts', align: 'right', text: ({ attempts }) => String(attempts) },
      { title: 'next', text: ({ next_attempt_at: next }) => next ?? '' },
      { title: 'last', text: ({ last }) => printable(last === null ? '' : `${last.code}: ${last.message}`) },
    ],
    found,
  )
}

async function redeliver(id: string, flags: Flags): Promise<void> {
  const path = `/v1/deliveries/${encodeURIComponent(id)}/redeliver`
  const answer = await openNotifier(flags).ask(path, delivery, {})
  console.log(
    flags.json === true
      ? JSON.stringify(answer)
      : `${printable(answer.id)} is sent again to ${printable(answer.channel)}`,
  )
}
