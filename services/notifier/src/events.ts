import type { PartitionEvent } from '@meterline/kafka'
import { defineEvents, event } from '@meterline/runtime'
import type { ServiceShell } from '@meterline/runtime'

/** Every log line and metric of the notifier. No line holds an address, a message or a secret. */
export function notifierEvents(shell: Pick<ServiceShell, 'logger' | 'metrics'>) {
  return defineEvents(shell, {
    attempted: event<{
      delivery: string
      channel: string
      type: string
      occasion: string
      outcome: string
      code: string
      attempts: number
      durationMs: number
    }>({
      level: 'debug',
      says: 'a delivery was attempted',
      metrics: [
        {
          kind: 'counter',
          name: 'meterline_notifier_attempted_deliveries',
          help: 'Attempts by channel and outcome: delivered, failed (tried again) or dead',
          labelNames: ['channel', 'type', 'outcome'],
          labels: ({ channel, type, outcome }) => ({ channel, type, outcome }),
        },
        {
          kind: 'histogram',
          name: 'meterline_notifier_attempt_seconds',
          help: 'From the begin of an attempt to its outcome',
          labelNames: ['type'],
          labels: ({ type }) => ({ type }),
          value: ({ durationMs }) => durationMs / MS_PER_SECOND,
          buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
        },
      ],
    }),
    dead: event<{
      delivery: string
      channel: string
      code: string
      reason: string
      attempts: number
      announcedTo: string | null
      sendAgain: string
    }>({
      level: 'error',
      says: 'a delivery is given up: see meterline deliveries list --state dead',
      metrics: [
        {
          kind: 'counter',
          name: 'meterline_notifier_dead_deliveries',
          help: 'Deliveries given up, by channel',
          labelNames: ['channel'],
          labels: ({ channel }) => ({ channel }),
        },
      ],
    }),
    refreshed: event<{ channel: string; alerts: number; outcome: string }>({
      level: 'debug',
      says: 'alerts that last were said again, so that Alertmanager does not take them for over',
      metrics: [
        {
          kind: 'counter',
          name: 'meterline_notifier_refreshes',
          help: 'Requests that say again what lasts, by channel and outcome',
          labelNames: ['channel', 'outcome'],
          labels: ({ channel, outcome }) => ({ channel, outcome }),
        },
      ],
    }),
    channelDisabled: event<{ channel: string; reason: string }>({
      level: 'error',
      says: 'a receiver says it is gone (410): nothing is sent to the channel until it is changed or tested',
    }),
    full: event<{ waiting: number }>({
      level: 'warn',
      says: 'more deliveries are pending than are kept: the rest waits in the alert book',
    }),
    unreadableAlert: event<{ partition: number; offset: number; err: unknown }>({
      level: 'error',
      says: 'a record of spend.alert is no alert; it is passed over',
    }),
    tookOver: event<{ deliveries: number; pending: number; alerts: number }>({
      level: 'info',
      says: 'this notifier is at work now',
    }),
    handedOver: event<{ reason: string }>({ level: 'info', says: 'this notifier is not at work any more' }),
    dropped: event<{ err: unknown; pauseMs: number }>({
      level: 'warn',
      says: 'the right to deliver was lost; it is taken anew',
    }),
    actionEnded: event<{ run: string; type: string; target: string; state: string; result: string }>({
      level: 'info',
      says: 'an action has run',
      metrics: [
        {
          kind: 'counter',
          name: 'meterline_notifier_ended_actions',
          help: 'Runs of actions, by type and state',
          labelNames: ['type', 'state'],
          labels: ({ type, state }) => ({ type, state }),
        },
      ],
    }),
    actionPostponed: event<{ run: string; err: unknown; pauseMs: number }>({
      level: 'warn',
      says: 'an action could not be carried out yet; it is tried again',
    }),
    requestDefect: event<{ err: unknown }>({
      level: 'error',
      says: 'a request failed for a reason that nobody foresaw',
    }),
    controlRecordUnreadable: event<{ key: string; offset: number; reason: string }>({
      level: 'error',
      says: 'a record of control.log cannot be read; what it is about stays as it was before',
    }),
    kafkaTrouble: event<{ err: unknown }>({ level: 'debug', says: 'Kafka is away or moving; going on' }),
  })
}

export type NotifierEvents = ReturnType<typeof notifierEvents>

const MS_PER_SECOND = 1_000

export function reportPartition(events: NotifierEvents, event: PartitionEvent): void {
  switch (event.kind) {
    case 'dropped':
      events.dropped({ err: event.error, pauseMs: event.pauseMs })
      return
    case 'trouble':
      events.kafkaTrouble({ err: event.error })
      return
    case 'released':
      events.handedOver({ reason: 'another notifier has the partition, or this one stops' })
      return
    case 'halted':
      events.dropped({ err: event.error, pauseMs: 0 })
      return
    case 'assigned':
    case 'opened':
    case 'batch':
    case 'committed':
  }
}

export const UNREADABLE_CONTROL_RECORDS = {
  name: 'meterline_notifier_unreadable_control_records',
  help: 'Records of control.log that cannot be read here, by key and offset; their entities stay as they were before',
  labelNames: ['key', 'offset'],
}
