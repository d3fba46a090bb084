import type { SpendAlert } from '@meterline/domain'

import { driverLines, facts, headline, wayOut, whatHappened } from './alert-wording.ts'
import type { Message } from './sender.ts'

// Slack's own bounds (Block Kit): header 150, section text 3,000, field 2,000 characters, 50 blocks.
const MAX_HEADER = 150
const MAX_TEXT = 2_900
const MAX_FIELD = 1_900
const MAX_ALERTS_SHOWN = 10

interface SlackMessage {
  /** Shown in notifications, and where blocks cannot be. */
  readonly text: string
  readonly blocks: readonly object[]
}

export function slackBlocks(
  message: Pick<Message, 'occasion' | 'alerts' | 'id' | 'givenUp'>,
  externalUrl: string | undefined,
): SlackMessage {
  const title = headline(message)
  const shown = message.alerts.slice(0, MAX_ALERTS_SHOWN)
  const hidden = message.alerts.length - shown.length
  return {
    text: escaped(title).slice(0, MAX_TEXT),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title.slice(0, MAX_HEADER) } },
      ...(message.givenUp === undefined ? [] : [section(wayOut(message).map(escaped).join('\n'))]),
      ...shown.flatMap((alert) => alertBlocks(alert, shown.length === 1)),
      ...(hidden > 0 ? [context(`and ${hidden} more`)] : []),
      context(
        [
          ...shown.map(({ id }) => `\`${id}\``),
          ...(externalUrl === undefined ? [] : [`<${externalUrl}|Meterline>`]),
        ].join(' · '),
      ),
    ],
  }
}

function alertBlocks(alert: SpendAlert, alone: boolean): object[] {
  const fields = facts(alert).map(([label, value]) => ({
    type: 'mrkdwn',
    text: `*${label}*\n${escaped(value)}`.slice(0, MAX_FIELD),
  }))
  const drivers = driverLines(alert).map(escaped)
  return [
    ...(alone ? [] : [section(`*${escaped(whatHappened(alert))}*`)]),
    { type: 'section', fields },
    ...(drivers.length === 0 ? [] : [section(`*Drivers*\n${drivers.map((line) => `• ${line}`).join('\n')}`)]),
  ]
}

const section = (text: string): object => ({
  type: 'section',
  text: { type: 'mrkdwn', text: text.slice(0, MAX_TEXT) },
})

const context = (text: string): object => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text: text.slice(0, MAX_TEXT) }],
})

/** The three characters that Slack gives a meaning: no name can mention a channel or hide a link. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
