import { httpUrl, booleanText, kafkaEnvironment, logEnvironment, port, readConfig } from '@meterline/runtime'
import { z } from 'zod'

import { SECRET_PREFIX } from './secrets/secret-source.ts'

const milliseconds = (min: number, max: number) =>
  z.coerce.number({ error: 'give a whole number of milliseconds' }).int().min(min).max(max)

const MAX_ATTEMPTS = 50

const schema = z.object({
  ...kafkaEnvironment,
  ...logEnvironment,
  NOTIFIER_PORT: port(4121),
  METERLINE_STATE_DIR: z.string().optional(),
  METERLINE_ADMIN_TOKEN: z.string().optional(),
  /** Where sessions are verified and actions are carried out; without it neither is. */
  METERLINE_CONTROL_URL: httpUrl('give the control service as http(s)://host:port').optional(),
  METERLINE_CONTROL_TOKEN: z.string().optional(),
  /** Channels may reach loopback and private addresses: for tests, the demo, and receivers inside the own network. */
  NOTIFIER_ALLOW_PRIVATE: booleanText().default(false),
  /** Folder of files that channels may name as their secrets. */
  NOTIFIER_SECRETS_DIR: z.string().optional(),
  NOTIFIER_SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: 'give the mail server as smtp(s)://host:port' })
    .optional(),
  NOTIFIER_MAIL_FROM: z.string().optional(),
  /** Where people read on; it stands in messages as a link. */
  NOTIFIER_EXTERNAL_URL: httpUrl('give the console as http(s)://host').optional(),
  NOTIFIER_PAGERDUTY_URL: httpUrl('give the address of Events API v2').optional(),
  NOTIFIER_ATTEMPT_TIMEOUT_MS: milliseconds(100, 60_000).default(20_000),
  /** Pauses before the first, second, … attempt, in place of the usual ten over three days. */
  NOTIFIER_RETRY_DELAYS_MS: z
    .string()
    .transform((list) => list.split(',').map(Number))
    .pipe(z.array(z.int('each pause is a whole number of milliseconds').min(0)).min(1).max(MAX_ATTEMPTS))
    .optional(),
  /** With it, suggestions rest on what was really called. */
  CLICKHOUSE_URL: httpUrl('give ClickHouse as http(s)://host:port').optional(),
  CLICKHOUSE_DATABASE: z.string().default('meterline'),
  CLICKHOUSE_USER: z.string().default('default'),
  CLICKHOUSE_PASSWORD: z.string().default(''),
  /** Admin keys: without one, the actions of that provider cannot run. */
  OPENAI_ADMIN_KEY: z.string().optional(),
  OPENAI_BASE_URL: httpUrl('give the address of the OpenAI API').default('https://api.openai.com/v1'),
  ANTHROPIC_ADMIN_KEY: z.string().optional(),
  ANTHROPIC_BASE_URL: httpUrl('give the address of the Anthropic API').default('https://api.anthropic.com'),
  /** Where the action `ticket` opens one; its token is NOTIFIER_TICKET_TOKEN, for a webhook the signing secret. */
  NOTIFIER_TICKET_KIND: z.enum(['webhook', 'jira', 'github']).optional(),
  NOTIFIER_TICKET_URL: httpUrl('give the address of the tracker').optional(),
  /** Jira's project key, GitHub's owner/name. */
  NOTIFIER_TICKET_PROJECT: z.string().optional(),
  NOTIFIER_TICKET_TYPE: z.string().default('Task'),
  NOTIFIER_TICKET_USER: z.string().optional(),
  NOTIFIER_TICKET_TOKEN: z.string().optional(),
})

export type NotifierConfig = z.output<typeof schema> & {
  /** Variables that channels may name. */
  readonly secrets: Readonly<Record<string, string>>
}

export function readNotifierConfig(env: NodeJS.ProcessEnv = process.env): NotifierConfig {
  const secrets = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => {
      const [name, value] = entry
      return name.startsWith(SECRET_PREFIX) && value !== undefined && value !== ''
    }),
  )
  return { ...readConfig(schema, env), secrets }
}
