import { Command } from 'commander'
import { z } from 'zod'

import { openNotifier } from '../notifier/notifier-client.ts'
import { printable } from '../output/printable.ts'
import { tableText } from '../output/table.ts'
import { jsonOption, stateDirOption } from './options.ts'

interface Flags {
  readonly json?: boolean
  readonly stateDir?: string
}

interface ListFlags extends Flags {
  readonly state?: string
}

interface RunFlags extends Flags {
  readonly forReal?: boolean
}

const action = z.looseObject({
  id: z.string(),
  type: z.string(),
  target: z.string(),
  scope: z.string(),
  state: z.string(),
  dry_run: z.boolean(),
  approved_by: z.string().nullable(),
  result: z.string(),
})
const actions = z.object({ actions: z.array(action) })
const carriedOut = z.looseObject({ action, ended: z.boolean(), secret: z.string().optional() })

export function actionsCommand(): Command {
  const list = new Command('list')
    .description('the newest first')
    .option('--state <state>', 'only those, e.g. planned: what waits for a person')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action(listActions)
  const run = new Command('run')
    .description('let an action run: as it was planned, a dry run unless a policy says otherwise')
    .argument('<id>')
    .option('--for-real', 'not as a dry run')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action((id: string, flags: RunFlags) =>
      carryOut(id, 'run', flags, flags.forReal === true ? { dry_run: false } : {}),
    )
  const undo = new Command('undo')
    .description('bring back what was there before')
    .argument('<id>')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action((id: string, flags: Flags) => carryOut(id, 'undo', flags, {}))
  return new Command('actions')
    .description('what alerts and people set off: throttle, block, tickets, keys, provider limits')
    .addCommand(list)
    .addCommand(run)
    .addCommand(undo)
}

async function listActions(flags: ListFlags): Promise<void> {
  const answer = await openNotifier(flags).ask('/v1/actions', actions)
  const found = answer.actions.filter(({ state }) => flags.state === undefined || state === flags.state)
  if (flags.json === true) return console.log(JSON.stringify(found))
  if (found.length === 0) return console.log('No actions.')
  console.log(
    tableText(
      [
        { title: 'action', text: ({ id }) => printable(id) },
        { title: 'type', text: ({ type }) => type },
        { title: 'target', text: ({ target }) => target },
        { title: 'scope', text: ({ scope }) => printable(scope) },
        { title: 'state', text: ({ state, dry_run }) => (dry_run ? `${state} (dry run)` : state) },
        { title: 'by', text: ({ approved_by }) => printable(approved_by ?? '') },
        { title: 'result', text: ({ result }) => printable(result) },
      ],
      found,
    ),
  )
}

async function carryOut(id: string, verb: 'run' | 'undo', flags: Flags, body: object): Promise<void> {
  const path = `/v1/actions/${encodeURIComponent(id)}/${verb}`
  const answer = await openNotifier(flags).ask(path, carriedOut, body)
  if (flags.json === true) return console.log(JSON.stringify(answer))
  const { state, result } = answer.action
  console.log(answer.ended ? `${state}: ${printable(result)}` : 'it goes on; see meterline actions list')
  if (answer.secret !== undefined) console.log(`The new secret, shown this once: ${answer.secret}`)
}
