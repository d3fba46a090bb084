import { setTimeout as sleep } from 'node:timers/promises'

import { PROBE_MODEL, PROBE_UNITS, probeKey, probeProject, PROVIDER } from '../../bench/stack/organization.ts'
import { ask } from './ask.ts'
import type { Use, Used } from './everyday-use.ts'

export const WEBHOOK_SECRET = 'NOTIFIER_SECRET_EVERYDAY'
const DELIVERY_DEADLINE_MS = 60_000
const POLL_MS = 250

interface AlertItem {
  readonly id: string
  readonly scope: string
  readonly mark: object | null
}

/** Takes one project after the other over its allocation, and acknowledges what the table of alerts has. In the end each of these alerts was delivered. */
export async function createAlertUse(used: Used): Promise<Use> {
  const { control, notifier, adminToken: token, receiver } = used
  await ask(`${control.url}/v1/channels/everyday`, 200, {
    method: 'PUT',
    token,
    body: { type: 'webhook', settings: { url: receiver.url, secret_env: WEBHOOK_SECRET } },
  })
  await ask(`${control.url}/v1/alert-routes/everyday`, 200, {
    method: 'PUT',
    token,
    body: { position: 1, channels: ['everyday'] },
  })
  // What is kept of somebody who spends for the first time is there before anything is measured.
  for (let probe = 0; probe < used.probes; probe += 1) await spend(used, probe, { tokens_output: 1 })
  const crossed = new Set<string>()
  const undelivered = () => [...crossed].filter((scope) => !wasTold(receiver, scope))
  return {
    everyMs: Math.ceil(used.durationMs / used.probes),
    async turn(number) {
      const looked = await lookAtAlerts(used)
      if (number >= used.probes) return looked
      await spend(used, number, PROBE_UNITS)
      crossed.add(`project:${probeProject(number)}`)
      return ['alerted', ...looked]
    },
    async finish() {
      const untilMs = performance.now() + DELIVERY_DEADLINE_MS
      while (undelivered().length > 0) {
        if (performance.now() > untilMs) {
          const state = await ask<object>(`${notifier.url}/v1/dead-letters`, 200, { token })
          throw new Error(
            `no delivery of the hard cap of ${undelivered().join(', ')}; dead letters: ${JSON.stringify(state)}`,
          )
        }
        await sleep(POLL_MS)
      }
      return [...crossed].map(() => 'delivered')
    },
  }
}

/** Webhooks carry one alert each. */
function wasTold({ requests }: Used['receiver'], scope: string): boolean {
  return requests.some(({ headers, body }) => {
    const alert = JSON.parse(body) as { readonly scope: string; readonly severity: string }
    return headers['meterline-occasion'] === 'fired' && alert.severity === 'hard_cap' && alert.scope === scope
  })
}

async function spend({ stack, gateway }: Used, probe: number, units: Readonly<Record<string, number>>) {
  await ask(`${gateway.url}/v1/events`, 202, {
    method: 'POST',
    token: stack.secretOf(probeKey(probe)),
    body: {
      request_id: `everyday_${units['tokens_output']}_${probe}`,
      timestamp: Date.now(),
      provider: PROVIDER,
      model_name: PROBE_MODEL,
      operation_type: 'completion',
      units,
    },
  })
}

async function lookAtAlerts({ control, notifier, receiver, adminToken: token }: Used): Promise<string[]> {
  await ask(`${notifier.url}/v1/deliveries`, 200, { token })
  const { items } = await ask<{ readonly items: readonly AlertItem[] }>(
    `${control.url}/v1/alerts?limit=10`,
    200,
    {
      token,
    },
  )
  // What is acknowledged before anybody was told of it goes to nobody.
  const next = items.find(({ mark, scope }) => mark === null && wasTold(receiver, scope))
  if (next === undefined) return []
  await ask(`${control.url}/v1/alerts/${encodeURIComponent(next.id)}/acknowledge`, 200, {
    method: 'POST',
    token,
    body: {},
  })
  return ['acknowledged']
}
