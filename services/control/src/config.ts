import {
  booleanText,
  clickhouseEnvironment,
  ConfigurationError,
  httpUrl,
  kafkaEnvironment,
  logEnvironment,
  port,
  readConfig,
} from '@meterline/runtime'
import { z } from 'zod'

const MIN_TOKEN_CHARACTERS = 16
const MIN_SECRET_CHARACTERS = 32
const HOURS_A_SESSION = 12

const OIDC_NEEDS = ['OIDC_ISSUER_URL', 'OIDC_CLIENT_ID', 'OIDC_REDIRECT_URL'] as const

const schema = z.object({
  ...kafkaEnvironment,
  ...clickhouseEnvironment,
  ...logEnvironment,
  CONTROL_PORT: port(4120),
  METERLINE_ADMIN_TOKEN: z
    .string()
    .min(MIN_TOKEN_CHARACTERS, `an admin token has at least ${MIN_TOKEN_CHARACTERS} characters`)
    .optional(),
  /** Signs sessions. Left out, it follows from the admin token; without either, a restart ends every session. */
  METERLINE_SESSION_SECRET: z
    .string()
    .min(MIN_SECRET_CHARACTERS, `a session secret has at least ${MIN_SECRET_CHARACTERS} characters`)
    .optional(),
  METERLINE_SESSION_HOURS: z.coerce.number().min(0.01).max(720).default(HOURS_A_SESSION),
  /** Offsets of records of control.log that cannot be read, and that it shall go on without; see the guide of control. */
  CONTROL_PASS_OVER: z
    .string()
    .regex(/^\d+(,\d+)*$/, 'offsets, with a comma between them')
    .transform((offsets) => new Set(offsets.split(',').map(Number)))
    .default(new Set<number>()),
  /** Behind TLS the session cookie is sent over TLS alone. */
  METERLINE_COOKIE_SECURE: booleanText().default(false),
  OIDC_ISSUER_URL: httpUrl('give the issuer as https://host/path').optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  /** The address of `/v1/session/oidc/callback` as a browser reaches it. */
  OIDC_REDIRECT_URL: httpUrl('give the callback as https://host/v1/session/oidc/callback').optional(),
})

export type ControlConfig = z.output<typeof schema>

export function readControlConfig(env?: NodeJS.ProcessEnv): ControlConfig {
  const config = readConfig(schema, env)
  const missing = OIDC_NEEDS.filter((name) => config[name] === undefined)
  if (missing.length > 0 && missing.length < OIDC_NEEDS.length) {
    throw new ConfigurationError([`sign-in by OpenID needs ${missing.join(' and ')}, too`])
  }
  return config
}
