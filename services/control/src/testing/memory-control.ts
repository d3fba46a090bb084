import type { Clickhouse } from '@meterline/clickhouse'
import {
  mintSecret,
  organizationChanges,
  organizationDiff,
  organizationEntities,
  parseOrganizationFile,
} from '@meterline/contract'
import { createLogger, createMetrics } from '@meterline/runtime'
import type { FastifyInstance, InjectOptions } from 'fastify'

import { createLoginLimits } from '../auth/login-limits.ts'
import { createSessions } from '../auth/sessions.ts'
import { createSigner } from '../auth/signed-text.ts'
import type { Control } from '../control.ts'
import { controlEvents } from '../events.ts'
import { createServer } from '../server.ts'
import { memoryLog } from './memory-log.ts'

export const NOW_MS = Date.parse('2026-11-21T04:00:00Z')
export const ADMIN_TOKEN = 'an-admin-token-of-length'

const SESSION_MS = 3_600_000

/** One business unit with two teams, and one with a third. */
export const SAMPLE = `
organization: { id: org-1, name: Sample }
billing_groups:
  - id: pay
    name: Payments
    departments:
      - id: checkout
        name: Checkout
        teams:
          - { id: auth, name: Auth, cost_center: CC-1, projects: [{ id: auth-app, name: Auth app }] }
          - { id: risk, name: Risk, cost_center: CC-2, projects: [{ id: risk-app, name: Risk app }] }
  - id: sup
    name: Support
    departments:
      - id: desk
        name: Desk
        teams: [{ id: help, name: Help, cost_center: CC-3, projects: [{ id: help-app, name: Help app }] }]
keys:
  - { id: k-auth, project: auth-app, environment: prod, user: ann }
  - { id: k-risk, project: risk-app, environment: prod }
allocations:
  - { id: al-auth, scope: team:auth, owner: o, monthly_credits: 100, gl_account: '1' }
  - { id: al-risk, scope: team:risk, owner: o, monthly_credits: 100, gl_account: '1' }
limits:
  - { id: l-auth, level: group, scope: team:auth, hard_cap_credits: 10 }
  - { id: l-risk, level: group, scope: team:risk, hard_cap_credits: 10 }
users:
  - { id: ann, name: Ann, email: ann@example.com }
  - { id: lea, name: Lea, email: lea@example.com, roles: [{ role: team_lead, scope: team:auth }] }
`

export interface MemoryControl {
  readonly server: FastifyInstance
  readonly control: Control
  readonly log: ReturnType<typeof memoryLog>
  /** A session of that user. */
  readonly session: (userId: string) => string
  /** As the admin, unless another credential is given. */
  readonly call: (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>
  readonly passMs: (ms: number) => void
}

export interface Answer {
  readonly status: number
  readonly body: Record<string, never> & { readonly error?: { code: string; field?: string } }
  readonly text: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** The whole HTTP side over a log in memory. ClickHouse answers what the test says. */
export function memoryControl(
  options: {
    readonly rows?: Clickhouse['rows']
    readonly logTo?: { write(line: string): void }
    readonly file?: string
  } = {},
): MemoryControl {
  let nowMs = NOW_MS
  const log = memoryLog(() => nowMs)
  const metrics = createMetrics('control')
  const logger = createLogger(
    options.logTo === undefined
      ? { name: 'control', level: 'silent' }
      : { name: 'control', level: 'trace', destination: options.logTo },
  )
  const control: Control = {
    log,
    clickhouse: {
      database: 'test',
      rows: options.rows ?? (() => Promise.resolve([])),
      command: () => Promise.resolve(),
      send: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    sessions: createSessions(createSigner('a secret of the test', 'session'), SESSION_MS),
    loginLimits: createLoginLimits(),
    oidc: undefined,
    adminToken: ADMIN_TOKEN,
    totals: new Map(),
    hasSecureCookies: false,
    events: controlEvents({ logger, metrics }),
    nowMs: () => nowMs,
  }
  const server = createServer(control, { probes: [], metrics })
  log.write(changesOf(options.file ?? SAMPLE, log))
  return {
    server,
    control,
    log,
    session: (userId) => control.sessions.open(userId, nowMs).token,
    passMs: (ms) => void (nowMs += ms),
    async call(method, url, body, headers = {}) {
      const request: InjectOptions = {
        method,
        url,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers },
        ...(body === undefined ? {} : { payload: body as object }),
      }
      const response = await server.inject(request)
      const isJson = response.headers['content-type']?.includes('json') === true
      return {
        status: response.statusCode,
        text: response.body,
        body: isJson ? response.json<Answer['body']>() : {},
        headers: response.headers,
      }
    },
  }
}

function changesOf(yaml: string, log: ReturnType<typeof memoryLog>) {
  const parsed = parseOrganizationFile(yaml)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const desired = organizationEntities(parsed.file)
  const sets = { desired, current: log.view.entities }
  return organizationChanges(organizationDiff(desired, sets.current), sets, () => mintSecret().proof)
}
