import { createClickhouse } from '@meterline/clickhouse'
import type { OrganizationView } from '@meterline/domain'

import { createActionRunner } from './actions/action-runner.ts'
import { createControlClient } from './actions/control-client.ts'
import { executorOf } from './actions/executors-of.ts'
import type { ExecutorParts } from './actions/executor-parts.ts'
import { createJsonApi } from './actions/json-api.ts'
import type { ActionStep } from './actions/run-action.ts'
import type { NotifierConfig } from './config.ts'
import type { DeliveryStep } from './deliveries/delivery-engine.ts'
import type { NotifierEvents } from './events.ts'
import { createOutgoingClient } from './outgoing/outgoing-client.ts'

export type NotifierStep = DeliveryStep | ActionStep

const LOOK_PAUSE_MS = 500

/** The action runner and what it needs; `undefined` where no control service is known: nothing could be written down. */
export function openActions(
  config: NotifierConfig,
  of: {
    readonly view: OrganizationView
    readonly events: NotifierEvents
    readonly nowMs: () => number
    readonly onStep: ((step: NotifierStep) => void) | undefined
  },
) {
  const { METERLINE_CONTROL_URL: baseUrl, CLICKHOUSE_URL: url } = config
  const token = config.METERLINE_CONTROL_TOKEN ?? config.METERLINE_ADMIN_TOKEN
  if (baseUrl === undefined || token === undefined) return undefined
  const stopping = new AbortController()
  const { signal } = stopping
  // The addresses of control, providers and trackers are the operator's own.
  const client = createOutgoingClient({ allowPrivate: true })
  const headers = { authorization: `Bearer ${token}` }
  const common = { client, signal, nowMs: of.nowMs }
  const control = createControlClient(createJsonApi({ ...common, name: 'control', baseUrl, headers }))
  const clickhouse =
    url === undefined
      ? undefined
      : createClickhouse({
          url,
          database: config.CLICKHOUSE_DATABASE,
          username: config.CLICKHOUSE_USER,
          password: config.CLICKHOUSE_PASSWORD,
        })
  const parts: ExecutorParts = { ...common, ...of, control, clickhouse, settings: settingsOf(config) }
  const runner = createActionRunner({
    ...of,
    control,
    signal,
    executorOf: (run) => executorOf(run, parts),
  })
  return {
    runner,
    control,
    async stop() {
      stopping.abort()
      await runner.stop()
      await client.close()
      await clickhouse?.close()
    },
  }
}

function settingsOf(config: NotifierConfig): ExecutorParts['settings'] {
  return {
    openAi: { adminKey: config.OPENAI_ADMIN_KEY, baseUrl: config.OPENAI_BASE_URL },
    anthropic: { adminKey: config.ANTHROPIC_ADMIN_KEY, baseUrl: config.ANTHROPIC_BASE_URL },
    ticket: {
      kind: config.NOTIFIER_TICKET_KIND,
      url: config.NOTIFIER_TICKET_URL,
      project: config.NOTIFIER_TICKET_PROJECT,
      issueType: config.NOTIFIER_TICKET_TYPE,
      user: config.NOTIFIER_TICKET_USER,
      token: config.NOTIFIER_TICKET_TOKEN,
    },
    lookPauseMs: LOOK_PAUSE_MS,
  }
}
