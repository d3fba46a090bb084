import { afterAll, beforeAll, expect, test } from 'vitest'

import { createControlClient } from '../../cli/src/control/control-client.ts'
import type { ControlClient } from '../../cli/src/control/control-client.ts'
import { startMailServer } from '../../services/notifier/src/testing/mail-server.ts'
import type { MailServer } from '../../services/notifier/src/testing/mail-server.ts'
import { eventually, startMeterline } from '../support/meterline.ts'
import type { Meterline } from '../support/meterline.ts'

const ORGANIZATION = `
organization: { id: org-1, name: Sample, reporting_time_zone: UTC }
billing_groups:
  - id: pay
    name: Payments
    departments:
      - id: checkout
        name: Checkout
        teams:
          - { id: auth, name: Auth, cost_center: CC-1, projects: [{ id: auth-app, name: Auth app }] }
keys:
  - { id: k-ada, project: auth-app, environment: prod, user: ada }
users:
  - { id: lea, name: Lea, email: lea@example.com, roles: [{ role: team_lead, scope: 'team:auth' }] }
channels:
  - { id: reviews, type: email, settings: { to: lea@example.com } }
alert_routes:
  - { id: reviews, position: 1, match: { rules: [limit_review] }, channels: [reviews], group_by: [scope], group_wait_seconds: 0 }
`

let mail: MailServer
let meterline: Meterline
beforeAll(async () => {
  mail = await startMailServer()
  const env = { NOTIFIER_SMTP_URL: mail.url, NOTIFIER_MAIL_FROM: 'meterline@example.com' }
  meterline = await startMeterline({ env })
  await meterline.apply(ORGANIZATION)
})
afterAll(async () => {
  await meterline?.stop()
  await mail?.close()
})

const call: ControlClient['call'] = (method, path, body) => {
  const { control_url: url, admin_token: token } = meterline.credentials
  return createControlClient(url, token).call(method, path, body)
}

const override = (reviewAt: string, credits: number) => ({
  level: 'individual',
  scope: 'user:ada',
  period: 'month',
  hard_cap_credits: credits,
  review_at: reviewAt,
  reason: 'load test',
})

const sendUsageAt = async (timestampMs: number): Promise<void> => {
  const response = await fetch(`${meterline.credentials.gateway_url}/v1/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${meterline.secretOf('k-ada')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      request_id: `usage-${timestampMs}`,
      timestamp: timestampMs,
      provider: 'openai',
      model_name: 'gpt-5-mini',
      operation_type: 'completion',
      units: { tokens_input: 1_000, tokens_output: 100 },
    }),
  })
  expect([response.status, await response.json()]).toMatchObject([202, { accepted: 1 }])
  await eventually(
    () =>
      meterline.sql<{ rows: string }>(
        `SELECT count() AS rows FROM usage WHERE request_id = 'usage-${timestampMs}'`,
      ),
    ([row]) => row?.rows === '1',
  )
}

interface Reminder {
  readonly about: string
  readonly state: string
  readonly reason: string
}

/** The newest word on each reminder. */
const reminders = (): Promise<readonly Reminder[]> =>
  meterline.sql<Reminder>(
    `SELECT JSONExtractString(raw, 'data', 'about') AS about, state, JSONExtractString(raw, 'data', 'reason') AS reason
     FROM alerts_latest WHERE rule = 'limit_review' ORDER BY about`,
  )

/** The mails that name a limit, by the first word of their subject. */
const mailsAbout = (limit: string): readonly string[] =>
  mail.mails
    .filter(({ text }) => text.includes(`limit:${limit}`))
    .map(({ text }) => /^Subject: (\w+)/m.exec(text)?.[1] ?? text)

const TODAY = new Date().toISOString().slice(0, 10)

test('overrides are put with a review date: whoever leads the user has a mail when it has come, and not before', async () => {
  const dueAtMs = Date.now() + 2_000
  await call('PUT', '/v1/limits/soon', override(new Date(dueAtMs).toISOString(), 500))
  await call('PUT', '/v1/limits/later', override('2035-01-31', 600))
  await sendUsageAt(Date.now())
  expect(await reminders()).toEqual([])
  // Burn's clock is the log's: this usage is made after the first date. Then somebody is reminded today.
  await sendUsageAt(dueAtMs + 1_000)
  await call('PUT', '/v1/limits/today', override(TODAY, 700))

  await eventually(
    () => Promise.resolve([mailsAbout('soon'), mailsAbout('today')]),
    (about) => about.every((mails) => mails.length > 0),
    30_000,
  )
  expect([mailsAbout('soon'), mailsAbout('today'), mailsAbout('later')]).toEqual([['Firing'], ['Firing'], []])
  const { to, text } = mail.mails.find((each) => each.text.includes('limit:soon')) ?? { to: [], text: '' }
  expect(to).toEqual(['lea@example.com'])
  expect(text).toContain('the limit of user:ada is to be reviewed')
  expect(text).toContain('500 credits')
  // The table has them some moments after the mail.
  const listed = async () =>
    (await call('GET', '/v1/alerts?state=firing')) as { readonly items: readonly unknown[] }
  const { items } = await eventually(listed, (answer) => answer.items.length === 2, 30_000)
  expect(items).toMatchObject(
    Array.from({ length: 2 }, () => ({ rule: 'limit_review', severity: 'info', scope: 'user:ada' })),
  )
})

test('a new date, or none, ends it, and that is said too', async () => {
  await call('PUT', '/v1/limits/soon', override('2035-02-28', 500))
  await call('DELETE', '/v1/limits/today')
  await eventually(
    () => Promise.resolve([mailsAbout('soon'), mailsAbout('today')]),
    (about) => about.every((mails) => mails.length > 1),
    30_000,
  )
  expect([mailsAbout('soon'), mailsAbout('today'), mailsAbout('later')]).toEqual([
    ['Firing', 'Resolved'],
    ['Firing', 'Resolved'],
    [],
  ])
  await eventually(reminders, (all) => all.every(({ state }) => state === 'resolved'), 30_000)
  expect(await reminders()).toEqual([
    { about: 'limit:soon', state: 'resolved', reason: 'policy_changed' },
    { about: 'limit:today', state: 'resolved', reason: 'policy_changed' },
  ])
})
