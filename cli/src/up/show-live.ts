import type { SpendAlert } from '@meterline/domain'
import type { KafkaClient } from '@meterline/kafka'
import colors from 'picocolors'

import { alertText } from '../live/alert-text.ts'
import { budgetsLine, burnTable, scopeName, topStates } from '../live/burn-table.ts'
import { followAlerts, followSpendState } from '../live/spend-feed.ts'
import type { SpendFeed } from '../live/spend-feed.ts'
import { countText, creditsText } from '../output/format.ts'
import { openScreen } from '../output/screen.ts'
import type { SimulationProgress } from './simulate.ts'

const REFRESH_MS = 1_000
const PLAIN_REFRESH_MS = 5_000
const MAX_ALERTS = 5
const MAX_TEAMS = 12

export interface LiveOptions {
  readonly kafka: KafkaClient
  /** Milliseconds since the epoch; alerts about times before it are not news. */
  readonly sinceMs: number
  readonly simulation: () => SimulationProgress | undefined
  readonly notices: () => readonly string[]
}

/** Burn per team and the newest alerts: a table drawn in place on a terminal, plain lines elsewhere. Returns what ends it. */
export async function showLive(options: LiveOptions): Promise<() => Promise<void>> {
  const alerts: SpendAlert[] = []
  const isTerminal = process.stdout.isTTY
  const feed = await followSpendState(options.kafka)
  const alertFeed = await followAlerts(options.kafka, (alert) => {
    if (alert.state !== 'firing') return
    alerts.push(alert)
    alerts.sort((a, b) => (a.at < b.at ? -1 : 1))
    if (alerts.length > MAX_ALERTS) alerts.shift()
    if (!isTerminal && Date.parse(alert.at) >= options.sinceMs) console.log(`alert  ${alertText(alert)}`)
  })
  const view = isTerminal ? drawn(feed, alerts, options) : plain(feed, options)
  return async () => {
    view()
    await Promise.all([feed.stop(), alertFeed.stop()])
  }
}

function drawn(feed: SpendFeed, alerts: readonly SpendAlert[], options: LiveOptions): () => void {
  const screen = openScreen()
  const draw = (): void => {
    const parts = [
      burnTable(feed.states.values(), 'team', MAX_TEAMS),
      '',
      `${colors.bold('Budgets')}  ${budgetsLine(feed.states.values()) || colors.dim('none yet')}`,
      '',
      colors.bold('Alerts'),
      alerts.length === 0 ? colors.dim('none yet') : alerts.toReversed().map(alertText).join('\n'),
      ...options.notices().map((notice) => colors.yellow(notice)),
      '',
      colors.dim(simulationText(options.simulation()) || 'Ctrl-C stops everything.'),
    ]
    screen.draw(parts.join('\n'))
  }
  const timer = setInterval(draw, REFRESH_MS)
  return () => {
    clearInterval(timer)
    screen.close()
  }
}

function plain(feed: SpendFeed, options: LiveOptions): () => void {
  const timer = setInterval(() => {
    const teams = topStates(feed.states.values(), 'team', MAX_TEAMS)
    const simulation = simulationText(options.simulation())
    if (simulation !== '') console.log(simulation)
    if (teams.length === 0) return
    const burns = teams.map((state) => `${scopeName(state)} ${creditsText(state.windows['5m'])}`)
    console.log(`burn   credits in 5 min: ${burns.join(', ')}; budgets: ${budgetsLine(feed.states.values())}`)
  }, PLAIN_REFRESH_MS)
  return () => clearInterval(timer)
}

function simulationText(progress: SimulationProgress | undefined): string {
  if (progress === undefined) return ''
  const { historySent, historyTotal, liveSent, refused } = progress
  const refusals = refused > 0 ? `, ${countText(refused)} refused` : ''
  if (historySent < historyTotal) {
    return `simulation: sending the weeks before, ${countText(historySent)} of ${countText(historyTotal)} events${refusals}`
  }
  return `simulation: ${countText(liveSent)} live events sent${refusals}. Ctrl-C stops everything.`
}
