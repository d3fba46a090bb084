import { answerOutcome, SERVICE_RULE } from './answer-outcome.ts'
import type { Sender } from './sender.ts'
import { slackBlocks } from './slack-blocks.ts'

/** An incoming webhook of Slack: the address is the secret. */
export const sendSlack: Sender = async (message, { settings }, parts) => {
  const url = parts.secrets.need(settings, 'webhook_url')
  const channel = settings['channel']
  const body = JSON.stringify({
    ...slackBlocks(message, parts.externalUrl),
    // Honoured by webhooks that may write to several channels; others have one of their own.
    ...(typeof channel === 'string' ? { channel } : {}),
  })
  const headers = { 'content-type': 'application/json' }
  const answer = await parts.client.send({ url, headers, body, signal: parts.signal })
  return answerOutcome(answer, SERVICE_RULE, message.attemptAtMs)
}
