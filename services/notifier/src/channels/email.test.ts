import type { Outcome } from '../deliveries/outcome.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { thrownOutcome } from '../deliveries/outcome.ts'
import { createOutgoingClient } from '../outgoing/outgoing-client.ts'
import { createSecretSource } from '../secrets/secret-source.ts'
import { startMailServer } from '../testing/mail-server.ts'
import type { MailServer } from '../testing/mail-server.ts'
import { sampleAlert } from '../testing/sample-alert.ts'
import { sendEmail } from './email.ts'
import { createMailer } from './mailer.ts'

let server: MailServer
beforeEach(async () => {
  server = await startMailServer({ user: 'meterline', password: 'right' })
})
afterEach(() => server.close())

function send(
  options: { url?: string; to?: string; accepted?: readonly string[]; scope?: `team:${string}` } = {},
): Promise<Outcome> {
  const { url = server.url, to = 'a@example.com, b@example.com', accepted = [], scope = 'team:x' } = options
  const parts = {
    client: createOutgoingClient({ allowPrivate: true }),
    secrets: createSecretSource({ variables: {}, directory: undefined }),
    mailer: createMailer({ smtpUrl: url, from: 'Meterline <alerts@example.com>', attemptTimeoutMs: 2_000 }),
    pagerDutyUrls: { us: '', eu: '' },
    externalUrl: undefined,
    signal: new AbortController().signal,
  }
  const message = {
    id: 'delivery_1',
    occasion: 'fired',
    group: '',
    alerts: [sampleAlert({ scope, allocation_id: null })],
    attemptAtMs: 0,
    accepted,
  } as const
  return sendEmail(message, { id: 'mail', type: 'email', settings: { to } }, parts).catch(thrownOutcome)
}

test('one mail to all recipients, with the same Message-ID in every attempt', async () => {
  expect(await send()).toMatchObject({ kind: 'delivered' })
  expect(await send()).toMatchObject({ kind: 'delivered' })
  expect(server.mails.map(({ to }) => to)).toEqual([
    ['a@example.com', 'b@example.com'],
    ['a@example.com', 'b@example.com'],
  ])
  for (const { text } of server.mails) {
    expect(text).toContain('Message-ID: <delivery_1@meterline>')
    expect(text).toContain('Subject: Firing: [critical] team:x at 90.2 % of its allocation for 2026-11')
    expect(text).toContain('X-Meterline-Delivery: delivery_1')
  }
})

test('who has it does not get it again while another recipient is deferred', async () => {
  server.refuse((address) => (address === 'b@example.com' ? 451 : undefined))
  const first = await send()
  expect(first).toMatchObject({
    kind: 'failed',
    code: 'smtp_recipient_deferred',
    accepted: ['a@example.com'],
  })
  server.refuse(() => undefined)
  expect(await send({ accepted: ['a@example.com'] })).toMatchObject({ kind: 'delivered' })
  expect(server.mails.map(({ to }) => to)).toEqual([['a@example.com'], ['b@example.com']])
})

test.each([
  [550, 'refused'],
  [451, 'failed'],
] as const)('every recipient answered with %i: %s', async (code, kind) => {
  server.refuse(() => code)
  expect(await send()).toMatchObject({ kind })
})

test.each([
  [554, 'refused'],
  [452, 'failed'],
] as const)('the mail itself answered with %i: %s', async (code, kind) => {
  server.refuseData(code)
  expect(await send()).toMatchObject({ kind })
})

test('a wrong password can be mended: tried again; so can a server that is away', async () => {
  const url = server.url.replace('right', 'wrong')
  expect(await send({ url })).toMatchObject({ kind: 'failed', code: 'smtp_eauth' })
  await server.close()
  expect(await send()).toMatchObject({ kind: 'failed' })
  server = await startMailServer()
})

test('no name writes a header of its own', async () => {
  await send({ scope: 'team:x\r\nBcc: evil@example.com\r\n\r\nbody' })
  const [mail] = server.mails
  expect(mail?.to).toEqual(['a@example.com', 'b@example.com'])
  expect(mail?.text.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/m)
})

test.each(['nobody', 'a@example.com\r\nBcc: b@example.com', '<a@example.com>'])(
  '%j is no recipient',
  async (to) => {
    expect(await send({ to })).toMatchObject({ kind: 'failed', code: 'misconfigured' })
    expect(server.mails).toEqual([])
  },
)
