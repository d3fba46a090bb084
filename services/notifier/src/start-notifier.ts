import { TOPICS } from '@meterline/contract'
import { followOrganization, unreadableRows } from '@meterline/control-log'
import { ApiError } from '@meterline/http'
import { createKafkaClient, runPartitions } from '@meterline/kafka'
import { addRowsGauge, createStallWatch, kafkaConnection, watchForStall } from '@meterline/runtime'
import type { ServiceShell } from '@meterline/runtime'
import { join } from 'node:path'

import type { NotifierApi } from './api/delivery-routes.ts'
import { createServer } from './api/server.ts'
import type { NotifierConfig } from './config.ts'
import { openActions } from './open-actions.ts'
import type { NotifierStep } from './open-actions.ts'
import { RETRY_DELAYS_MS } from './deliveries/retry-schedule.ts'
import { notifierEvents, reportPartition, UNREADABLE_CONTROL_RECORDS } from './events.ts'
import { addPendingMetrics, notifierProbes, watchedRounds } from './health.ts'
import { senderParts } from './sender-parts.ts'
import { beginWork } from './work/at-work.ts'
import { createWorkSlot } from './work/notifier-work.ts'

/** Wires Kafka, the channels and the HTTP side. */
export async function startNotifier(
  config: NotifierConfig,
  shell: ServiceShell,
  onStep?: (step: NotifierStep) => void,
) {
  const events = notifierEvents(shell)
  const { nowMs } = shell
  const onTrouble = (err: unknown) => events.kafkaTrouble({ err })
  const kafka = createKafkaClient({ ...kafkaConnection(config), clientId: 'meterline-notifier' })
  const organization = followOrganization(kafka, onTrouble, { onUnreadable: events.controlRecordUnreadable })
  const { view, follower, unreadable } = organization
  addRowsGauge(shell.metrics, UNREADABLE_CONTROL_RECORDS, () => unreadableRows(unreadable))
  follower.done.catch(shell.fail)
  const senders = senderParts(config)
  const delaysMs = config.NOTIFIER_RETRY_DELAYS_MS ?? RETRY_DELAYS_MS
  const slot = createWorkSlot((lease) =>
    beginWork(lease, {
      kafka,
      view,
      organizationKnown: follower.caughtUp,
      senders,
      delaysMs,
      events,
      nowMs,
      fail: shell.fail,
      ...(actions === undefined ? {} : { onRound: (book) => actions.runner.round(book) }),
      ...(onStep === undefined ? {} : { onStep }),
    }),
  )
  const actions = openActions(config, { view, events, nowMs, onStep })
  const watch = createStallWatch()
  const run = await runPartitions({
    client: kafka,
    groupId: 'notifier',
    topic: TOPICS.notificationState.name,
    transactionalIdPrefix: 'notifier',
    writesTo: [TOPICS.notificationState.name],
    createHandler: () => slot.handler(),
    onEvent: (event) => {
      if (event.kind === 'dropped' || event.kind === 'trouble') watch.excuse()
      reportPartition(events, event)
    },
    onFatal: shell.fail,
    ...(config.METERLINE_STATE_DIR === undefined
      ? {}
      : { memberDirectory: join(config.METERLINE_STATE_DIR, 'notifier') }),
  })
  const api: NotifierApi = {
    view,
    senders,
    nowMs,
    credentials: {
      view,
      adminToken: config.METERLINE_ADMIN_TOKEN,
      controlUrl: config.METERLINE_CONTROL_URL,
      nowMs,
    },
    work() {
      const work = slot.current()
      if (work !== undefined) return work
      throw new ApiError(503, 'not_at_work', 'another notifier is at work, or this one is taking over', {
        retryAfterSeconds: 1,
      })
    },
  }
  addPendingMetrics(shell.metrics, { work: () => slot.current(), nowMs })
  const server = createServer(api, {
    actions:
      actions === undefined
        ? undefined
        : { ...actions, view, credentials: api.credentials, work: () => api.work(), nowMs },
    probes: notifierProbes(organization, () => slot.current()),
    metrics: shell.metrics,
    onDefect: (err) => events.requestDefect({ err }),
  })
  await server.listen({ host: config.HOST, port: config.NOTIFIER_PORT })
  const stall = watchForStall({ watch, units: () => watchedRounds(slot.current()), onStall: shell.fail })
  return {
    async stop() {
      stall.stop()
      await server.close()
      await run.stop()
      await actions?.stop()
      await follower.stop()
      await senders.client.close()
      await kafka.close()
    },
  }
}
