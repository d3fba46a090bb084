import { SCOPE_KINDS } from '@meterline/domain'
import type { ScopeKind } from '@meterline/domain'
import { Command, Option } from 'commander'

import { openConnection } from '../connection/connection.ts'
import { burnTable, topStates } from '../live/burn-table.ts'
import { followSpendState } from '../live/spend-feed.ts'
import type { SpendFeed } from '../live/spend-feed.ts'
import { openScreen } from '../output/screen.ts'
import { jsonOption, stateDirOption, wholeNumber } from './options.ts'
import { untilInterrupted } from './until-interrupted.ts'

const REFRESH_MS = 1_000

interface TopFlags {
  readonly kind: ScopeKind
  readonly once?: boolean
  readonly limit: number
  readonly json?: boolean
  readonly stateDir?: string
}

export function topCommand(): Command {
  return new Command('top')
    .description('a live table of burn per scope, in credits')
    .addOption(new Option('--kind <kind>', 'what to list').choices([...SCOPE_KINDS]).default('team'))
    .option('--limit <rows>', 'how many', wholeNumber, 20)
    .option('--once', 'print it once and end')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action(top)
}

async function top(flags: TopFlags): Promise<void> {
  const kafka = openConnection(flags).openKafka()
  const feed = await followSpendState(kafka)
  try {
    await feed.caughtUp
    if (flags.json)
      console.log(JSON.stringify(topStates(feed.states.values(), flags.kind, flags.limit), null, 2))
    else if (flags.once === true || !process.stdout.isTTY) console.log(textOf(feed, flags))
    else await show(feed, flags)
  } finally {
    await feed.stop()
    await kafka.close()
  }
}

async function show(feed: SpendFeed, flags: TopFlags): Promise<void> {
  const screen = openScreen()
  const draw = (): void => screen.draw(`${textOf(feed, flags)}\n\nCtrl-C ends.`)
  draw()
  const timer = setInterval(draw, REFRESH_MS)
  try {
    await untilInterrupted(feed.done)
  } finally {
    clearInterval(timer)
    screen.close()
  }
}

function textOf(feed: SpendFeed, { kind, limit }: TopFlags): string {
  const table = burnTable(feed.states.values(), kind, limit)
  return feed.states.size === 0 ? 'No spend so far: send an event, or start the simulation.' : table
}
