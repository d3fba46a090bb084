import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { eventually } from './notifier-world.ts'

/** An alert as `GET /api/v2/alerts` shows it. */
export interface HeldAlert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL: string
  readonly status: { readonly state: string; readonly silencedBy: readonly string[] }
}

export interface AlertmanagerProcess {
  readonly url: string
  alerts(): Promise<readonly HeldAlert[]>
  /** Silences an alert by its id, and answers the silence's. */
  silence(alertId: string): Promise<string>
  stop(): Promise<void>
}

/** Alertmanager itself, alone, that tells a webhook at once. */
export async function startAlertmanager(of: {
  readonly program: string
  readonly port: number
  readonly resolveTimeoutSeconds: number
  readonly webhookUrl: string
}): Promise<AlertmanagerProcess> {
  const dir = await mkdtemp(join(tmpdir(), 'meterline-alertmanager-'))
  const config = join(dir, 'alertmanager.yml')
  await writeFile(
    config,
    JSON.stringify({
      global: { resolve_timeout: `${of.resolveTimeoutSeconds}s` },
      route: { receiver: 'hook', group_by: ['alert_id'], group_wait: '0s', group_interval: '1s' },
      receivers: [{ name: 'hook', webhook_configs: [{ url: of.webhookUrl }] }],
    }),
  )
  const child = spawn(
    of.program,
    [
      `--config.file=${config}`,
      `--storage.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${of.port}`,
      '--cluster.listen-address=',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: {} },
  )
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log = `${log}${text}`.slice(-4_000)))
  const ended = once(child, 'exit')
  const url = `http://127.0.0.1:${of.port}`
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`Alertmanager ended: ${log}`)
    return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true ? true : undefined
  })
  return {
    url,
    async alerts() {
      return (await (await fetch(`${url}/api/v2/alerts`)).json()) as HeldAlert[]
    },
    async silence(alertId) {
      const matcher = { name: 'alert_id', value: alertId, isRegex: false, isEqual: true }
      const now = Date.now()
      const response = await fetch(`${url}/api/v2/silences`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          matchers: [matcher],
          startsAt: new Date(now).toISOString(),
          endsAt: new Date(now + 3_600_000).toISOString(),
          createdBy: 'test',
          comment: 'test',
        }),
      })
      if (!response.ok) throw new Error(await response.text())
      return ((await response.json()) as { silenceID: string }).silenceID
    },
    async stop() {
      child.kill()
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}
