import { SettingError } from '../secrets/secret-source.ts'
import { answerOutcome, WEBHOOK_RULE } from './answer-outcome.ts'
import type { Sender } from './sender.ts'
import { signedHeaders } from './standard-webhooks.ts'

/** The alert itself as the body, signed. One alert a request. */
export const sendWebhook: Sender = async (message, { settings }, { client, secrets, signal }) => {
  const { id, occasion, attemptAtMs } = message
  const url = secrets.find(settings, 'url') ?? settings['url']
  if (typeof url !== 'string') throw new SettingError('the channel needs url, url_env or url_file')
  const body = JSON.stringify(message.alerts[0])
  const headers = {
    'content-type': 'application/json',
    'meterline-occasion': occasion,
    ...(message.givenUp === undefined ? {} : { 'meterline-given-up': message.givenUp.delivery }),
    ...signedHeaders({ id, attemptAtMs, body }, secrets.need(settings, 'secret')),
  }
  const answer = await client.send({ url, headers, body, signal })
  return answerOutcome(answer, WEBHOOK_RULE, attemptAtMs)
}
