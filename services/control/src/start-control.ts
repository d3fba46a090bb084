import { createClickhouse } from '@meterline/clickhouse'
import { unreadableText } from '@meterline/control-log'
import { createKafkaClient } from '@meterline/kafka'
import { kafkaConnection, probe, progressProbe, withCaveat } from '@meterline/runtime'
import type { Probe, ServiceShell } from '@meterline/runtime'

import { createLoginLimits } from './auth/login-limits.ts'
import type { OidcSignIn } from './auth/oidc.ts'
import { createSessions } from './auth/sessions.ts'
import { createSigner } from './auth/signed-text.ts'
import type { ControlConfig } from './config.ts'
import type { Control } from './control.ts'
import { controlEvents } from './events.ts'
import { openCommandLog } from './log/command-log.ts'
import type { CommandLog } from './log/command-log.ts'
import { startSchedule } from './schedule/start-schedule.ts'
import { createServer } from './server.ts'

const MS_PER_HOUR = 3_600_000

export interface RunningControl {
  stop(): Promise<void>
}

/** Takes the log over, folds it, and listens. */
export async function startControl(config: ControlConfig, shell: ServiceShell): Promise<RunningControl> {
  const events = controlEvents(shell)
  const startedMs = performance.now()
  const kafka = createKafkaClient({ ...kafkaConnection(config), clientId: 'meterline-control' })
  const log = await openCommandLog(kafka, {
    nowMs: shell.nowMs,
    passOver: config.CONTROL_PASS_OVER,
    onTrouble: (err) => events.kafkaTrouble({ err }),
    onSuperseded(err) {
      events.superseded({ err })
      shell.fail(err)
    },
  })
  log.follower.done.catch(shell.fail)
  events.logFolded({ records: log.view.offset + 1, durationMs: performance.now() - startedMs })

  const clickhouse = createClickhouse({
    url: config.CLICKHOUSE_URL,
    database: config.CLICKHOUSE_DATABASE,
    username: config.CLICKHOUSE_USER,
    password: config.CLICKHOUSE_PASSWORD,
  })
  const schedule = await startSchedule(kafka, { log, events, fail: shell.fail })
  const secret = config.METERLINE_SESSION_SECRET ?? config.METERLINE_ADMIN_TOKEN
  const control: Control = {
    log,
    clickhouse,
    sessions: createSessions(createSigner(secret, 'session'), config.METERLINE_SESSION_HOURS * MS_PER_HOUR),
    loginLimits: createLoginLimits(),
    oidc: await oidcSignIn(config, secret),
    adminToken: config.METERLINE_ADMIN_TOKEN,
    totals: schedule.totals,
    hasSecureCookies: config.METERLINE_COOKIE_SECURE,
    events,
    nowMs: shell.nowMs,
  }
  const server = createServer(control, { probes: [logProbe(log)], metrics: shell.metrics })
  await server.listen({ host: config.HOST, port: config.CONTROL_PORT })
  return {
    async stop() {
      await server.close()
      await schedule.stop()
      await log.close()
      await clickhouse.close()
      await kafka.close()
    },
  }
}

/** Red when the log has records that the view does not take in: decisions would be made on what was. */
function logProbe({ follower, unreadable }: CommandLog): Probe {
  const progress = progressProbe({ name: 'control.log' })
  const followed = probe('control.log', () => {
    progress.observe({ position: follower.position(), lag: follower.lagRecords() })
    return progress.check()
  })
  return withCaveat(followed, () => unreadableText(unreadable))
}

async function oidcSignIn(
  config: ControlConfig,
  secret: string | undefined,
): Promise<OidcSignIn | undefined> {
  const { OIDC_ISSUER_URL: issuerUrl, OIDC_CLIENT_ID: clientId, OIDC_REDIRECT_URL: redirectUrl } = config
  if (issuerUrl === undefined || clientId === undefined || redirectUrl === undefined) return undefined
  // Loaded only where it is used: most installations start without it.
  const { createOidcSignIn } = await import('./auth/oidc.ts')
  const settings = { issuerUrl, clientId, clientSecret: config.OIDC_CLIENT_SECRET, redirectUrl }
  return createOidcSignIn(settings, createSigner(secret, 'oidc'))
}
