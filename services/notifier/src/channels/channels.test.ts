import type { Channel, ChannelType, SpendAlert } from '@meterline/domain'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { thrownOutcome } from '../deliveries/outcome.ts'
import { createOutgoingClient } from '../outgoing/outgoing-client.ts'
import { createSecretSource } from '../secrets/secret-source.ts'
import { startReceiver } from '../testing/receiver.ts'
import type { Behaviour, Receiver } from '../testing/receiver.ts'
import { sampleAlert } from '../testing/sample-alert.ts'
import type { Message, SenderParts } from './sender.ts'
import { SENDERS } from './senders.ts'

const SECRET = `whsec_${Buffer.alloc(24, 3).toString('base64')}`
const OTHER_SECRET = `whsec_${Buffer.alloc(64, 4).toString('base64')}`
const ROUTING_KEY = 'r'.repeat(32)

let receiver: Receiver
let parts: SenderParts
beforeEach(async () => {
  receiver = await startReceiver()
  parts = {
    client: createOutgoingClient({ allowPrivate: true, attemptTimeoutMs: 400 }),
    secrets: createSecretSource({
      variables: {
        NOTIFIER_SECRET_HOOK: `${SECRET} ${OTHER_SECRET}`,
        NOTIFIER_SECRET_SLACK: receiver.url,
        NOTIFIER_SECRET_PD: ROUTING_KEY,
        OTHER_VARIABLE: 'never sent',
      },
      directory: undefined,
    }),
    mailer: undefined,
    pagerDutyUrls: { us: receiver.url, eu: receiver.url },
    externalUrl: 'https://meterline.example.com',
  }
})
afterEach(async () => {
  await parts.client.close()
  await receiver.close()
})

const SETTINGS: Record<ChannelType, () => Channel['settings']> = {
  webhook: () => ({ url: receiver.url, secret_env: 'NOTIFIER_SECRET_HOOK' }),
  slack: () => ({ webhook_url_env: 'NOTIFIER_SECRET_SLACK' }),
  pagerduty: () => ({ routing_key_env: 'NOTIFIER_SECRET_PD' }),
  alertmanager: () => ({ url: receiver.url }),
  email: () => ({ to: 'a@example.com' }),
}

function send(type: ChannelType, changes: Partial<Message> = {}, settings = SETTINGS[type]()) {
  const message: Message = {
    id: 'delivery_1',
    occasion: 'fired',
    group: '{"allocation_id":"org-1234-bg-payments"}',
    alerts: [sampleAlert()],
    attemptAtMs: Date.now(),
    accepted: [],
    ...changes,
  }
  const channel = { id: 'channel', type, settings }
  const { signal } = new AbortController()
  return SENDERS[type](message, channel, { ...parts, signal }).catch(thrownOutcome)
}

const bodySent = (): Record<string, unknown> =>
  JSON.parse(receiver.requests.at(-1)?.body ?? 'null') as Record<string, unknown>

test('webhook: the alert itself is the body, signed with every secret, under the id of the delivery', async () => {
  expect(await send('webhook')).toMatchObject({ kind: 'delivered' })
  const [request] = receiver.requests
  expect(request?.body).toBe(JSON.stringify(sampleAlert()))
  expect(bodySent()).toMatchObject({
    event: 'spend.alert',
    severity: 'critical',
    allocation_id: 'org-1234-bg-payments',
    threshold: 0.9,
    current_usage: 451_200,
    monthly_allocation: 500_000,
    action: { type: 'rate_limit', params: { scope: 'non-prod', max_rps: 10 } },
    notify: ['payments-finance@example.com', '#payments-ops'],
  })
  const headers = request?.headers as Record<string, string>
  expect(headers['webhook-id']).toBe('delivery_1')
  for (const secret of [SECRET, OTHER_SECRET]) {
    expect(new Webhook(secret).verify(request?.body ?? '', headers)).toEqual(sampleAlert())
  }
  const wrong = new Webhook(`whsec_${Buffer.alloc(24, 9).toString('base64')}`)
  expect(() => wrong.verify(request?.body ?? '', headers)).toThrow('No matching signature')
})

test('webhook: an ed25519 key signs as v1a', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  parts = {
    ...parts,
    secrets: createSecretSource({
      variables: { NOTIFIER_SECRET_HOOK: `whsk_${seed.toString('base64')}` },
      directory: undefined,
    }),
  }
  await send('webhook')
  const [request] = receiver.requests
  const [version, signature = ''] = String(request?.headers['webhook-signature']).split(',')
  expect(version).toBe('v1a')
  const content = `delivery_1.${String(request?.headers['webhook-timestamp'])}.${request?.body}`
  const key = createPublicKey(publicKey.export({ format: 'pem', type: 'spki' }))
  expect(verify(null, Buffer.from(content), key, Buffer.from(signature, 'base64'))).toBe(true)
})

test('slack: a text and blocks within its bounds; no name can mention or link anything', async () => {
  const hostile = sampleAlert({
    allocation_id: '<!channel> & <http://x|y>\n',
    scope: `team:${'x'.repeat(5_000)}`,
  })
  const alerts = Array.from({ length: 30 }, () => hostile) as unknown as [SpendAlert]
  expect(await send('slack', { alerts })).toMatchObject({ kind: 'delivered' })
  const { text, blocks } = bodySent() as { text: string; blocks: { text?: { text: string }; type: string }[] }
  expect(text).toContain('&lt;!channel&gt; &amp; &lt;http://x|y&gt;')
  expect(blocks.length).toBeLessThanOrEqual(50)
  expect(blocks[0]).toMatchObject({ type: 'header' })
  expect(blocks[0]?.text?.text.length).toBeLessThanOrEqual(150)
  for (const block of blocks.slice(1)) {
    expect(JSON.stringify(block)).not.toContain('<!channel>')
    expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(3_000)
  }
})

test('pagerduty: one incident an alert, triggered, acknowledged and resolved under its id', async () => {
  await send('pagerduty', { alerts: [sampleAlert({ severity: 'hard_cap' })] })
  expect(bodySent()).toMatchObject({
    routing_key: ROUTING_KEY,
    event_action: 'trigger',
    dedup_key: sampleAlert().id,
    payload: { source: 'billing_group:payments', severity: 'critical', class: 'budget_threshold' },
  })
  for (const [occasion, action] of [
    ['acknowledged', 'acknowledge'],
    ['resolved', 'resolve'],
    ['repeated', 'trigger'],
    ['escalated', 'trigger'],
  ] as const) {
    await send('pagerduty', { occasion })
    expect(bodySent()).toMatchObject({ event_action: action, dedup_key: sampleAlert().id })
  }
})

test('that a delivery was given up is said with its id and the way out; PagerDuty has it beside the incident', async () => {
  const givenUp = {
    delivery: 'delivery_9',
    channel: 'webhook:https://h.example.com/secret',
    code: 'status_500',
  }
  const given = { occasion: 'undelivered', givenUp } as const
  await send('slack', given)
  const { text, blocks } = bodySent() as { text: string; blocks: object[] }
  expect(text).toContain('Not delivered to webhook:h.example.com: [critical]')
  expect(JSON.stringify(blocks)).toContain('meterline deliveries redeliver delivery_9')
  expect(JSON.stringify(blocks)).not.toContain('secret')
  await send('webhook', given)
  expect(receiver.requests.at(-1)?.headers).toMatchObject({
    'meterline-occasion': 'undelivered',
    'meterline-given-up': 'delivery_9',
  })
  await send('pagerduty', given)
  expect(bodySent()).toMatchObject({
    event_action: 'trigger',
    dedup_key: 'undelivered:webhook:h.example.com',
    payload: { custom_details: { id: sampleAlert().id, given_up: 'delivery_9' } },
  })
})

test('alertmanager: what its webhook receivers expect, and what Alertmanager itself takes', async () => {
  const resolved = sampleAlert({ id: `alert_${'f'.repeat(24)}`, state: 'resolved', scope: 'team:x' })
  await send('alertmanager', { alerts: [sampleAlert(), resolved] })
  expect(bodySent()).toMatchObject({
    version: '4',
    status: 'firing',
    receiver: 'channel',
    truncatedAlerts: 0,
    commonLabels: { alertname: 'budget_threshold', severity: 'critical' },
    alerts: [
      { status: 'firing', endsAt: '0001-01-01T00:00:00Z', fingerprint: '89abcdef01234567' },
      { status: 'resolved', endsAt: resolved.at, labels: { scope: 'team:x' } },
    ],
  })
  await send('alertmanager', {}, { url: receiver.url, format: 'api_v2' })
  expect(bodySent()).toMatchObject([
    { labels: { alertname: 'budget_threshold' }, startsAt: sampleAlert().at },
  ])
})

const status = (code: number, headers: Record<string, string> = {}): Behaviour => ({
  kind: 'status',
  status: code,
  headers,
  body: 'no_service',
})

test.each([
  ['webhook', status(500), { kind: 'failed', code: 'status_500', throttled: false }],
  ['webhook', status(401), { kind: 'failed', code: 'status_401' }],
  ['webhook', status(429, { 'retry-after': '7' }), { kind: 'failed', retryAfterMs: 7_000, throttled: true }],
  ['webhook', status(503), { kind: 'failed', throttled: true }],
  ['webhook', status(301, { location: 'http://127.0.0.1:1/' }), { kind: 'failed', code: 'status_301' }],
  ['webhook', status(410), { kind: 'gone', code: 'status_410' }],
  ['webhook', { kind: 'silent' }, { kind: 'failed', code: 'timeout' }],
  ['webhook', { kind: 'drip-headers' }, { kind: 'failed', code: 'timeout' }],
  ['webhook', { kind: 'broken-headers' }, { kind: 'failed', code: 'connection_broken' }],
  ['webhook', { kind: 'endless-body', status: 200 }, { kind: 'delivered' }],
  ['slack', status(404), { kind: 'refused', message: 'answered 404: no_service' }],
  ['slack', status(410), { kind: 'gone' }],
  ['slack', status(429, { 'retry-after': '30' }), { kind: 'failed', retryAfterMs: 30_000 }],
  ['slack', status(500), { kind: 'failed' }],
  ['pagerduty', status(400), { kind: 'refused' }],
  ['pagerduty', status(202), { kind: 'delivered' }],
  ['alertmanager', status(400), { kind: 'refused' }],
  ['alertmanager', status(503), { kind: 'failed' }],
] as const)('%s, answered with %j: %j', async (type, behaviour, outcome) => {
  receiver.behave(behaviour)
  expect(await send(type)).toMatchObject(outcome)
})

test.each([
  ['webhook', { url: 'X', secret_env: 'OTHER_VARIABLE' }],
  ['webhook', { url: 'X', secret_file: '../etc/passwd' }],
  ['webhook', { secret_env: 'NOTIFIER_SECRET_HOOK' }],
  ['pagerduty', { routing_key_env: 'OTHER_VARIABLE' }],
  ['slack', {}],
  ['email', { to: 'a@example.com' }],
] as const)('%s set up as %j is told, and sends nothing', async (type, settings) => {
  const outcome = await send(type, {}, { ...settings, ...('url' in settings ? { url: receiver.url } : {}) })
  expect(outcome).toMatchObject({ kind: 'failed', code: 'misconfigured' })
  expect(JSON.stringify(outcome)).not.toContain('never sent')
  expect(receiver.requests).toEqual([])
})
