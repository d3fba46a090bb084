import { Command } from 'commander'
import { z } from 'zod'

import { CliError } from '../cli-error.ts'
import { openNotifier } from '../notifier/notifier-client.ts'
import { printable } from '../output/printable.ts'
import { tableText } from '../output/table.ts'
import { jsonOption, stateDirOption } from './options.ts'

interface Flags {
  readonly json?: boolean
  readonly stateDir?: string
}

const channels = z.object({
  channels: z.array(
    z.looseObject({
      id: z.string(),
      type: z.string(),
      pending: z.int(),
      disabled: z.object({ reason: z.string(), at: z.string() }).nullable(),
    }),
  ),
})
const tested = z.looseObject({
  channel: z.string(),
  outcome: z.looseObject({ kind: z.string(), message: z.string().optional() }),
})

export function channelsCommand(): Command {
  const list = new Command('list')
    .description('every channel, and whether anything is sent to it')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action(listChannels)
  const test = new Command('test')
    .description('send a test through a channel; one that was disabled and takes it is enabled again')
    .argument('<id>')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action(testChannel)
  return new Command('channels').description('where notifications go').addCommand(list).addCommand(test)
}

async function listChannels(flags: Flags): Promise<void> {
  const { channels: found } = await openNotifier(flags).ask('/v1/channels', channels)
  if (flags.json === true) return console.log(JSON.stringify(found))
  if (found.length === 0) return console.log('No channels.')
  console.log(
    tableText(
      [
        { title: 'channel', text: ({ id }) => printable(id) },
        { title: 'type', text: ({ type }) => type },
        { title: 'pending', align: 'right', text: ({ pending }) => String(pending) },
        { title: 'disabled', text: ({ disabled }) => printable(disabled?.reason ?? '') },
      ],
      found,
    ),
  )
}

async function testChannel(id: string, flags: Flags): Promise<void> {
  const path = `/v1/channels/${encodeURIComponent(id)}/test`
  const answer = await openNotifier(flags).ask(path, tested, {})
  if (flags.json === true) console.log(JSON.stringify(answer))
  if (answer.outcome.kind !== 'delivered') {
    throw new CliError(`${printable(id)} did not take the test: ${printable(answer.outcome.message ?? '')}`)
  }
  if (flags.json !== true) console.log(`${printable(id)} took the test`)
}
