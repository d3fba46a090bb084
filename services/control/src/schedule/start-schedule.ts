import { parseSpendAlert, spendStateCodec, TOPICS, unframed } from '@meterline/contract'
import { dueChanges, foldSpendState, reportingCalendar } from '@meterline/domain'
import type { ScopeId, ScopeSpend, SpendTotals } from '@meterline/domain'
import { followTopic } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ControlEvents } from '../events.ts'
import { unkeyedCommandId } from '../log/command-id.ts'
import type { CommandLog } from '../log/command-log.ts'
import { createHardCapAlerts } from './hard-cap-alerts.ts'
import type { JudgedAlerts } from './hard-cap-alerts.ts'

const TURN_MS = 3_000
const ACTOR = 'system:schedule'

export interface Schedule {
  /** What burn says that each scope has spent by month. Empty until it was read. */
  readonly totals: SpendTotals
  stop(): Promise<void>
}

/** Every few seconds: what time and burn's word do by themselves, as one command. Nothing is written when nothing is due. */
export async function startSchedule(
  kafka: KafkaClient,
  of: {
    readonly log: CommandLog
    readonly events: ControlEvents
    /** Following ended by itself: decisions on what it said last would be wrong. */
    readonly fail: (error: unknown) => void
  },
): Promise<Schedule> {
  const { log, events } = of
  const totals = new Map<ScopeId, ScopeSpend>()
  const hardCaps = createHardCapAlerts()
  const stopping = new AbortController()
  const onTrouble = (err: unknown): void => events.kafkaTrouble({ err })

  const spend = await followTopic(kafka, {
    topic: TOPICS.spendState.name,
    from: 'first',
    onRecord: ({ value }) => {
      if (value === null) return
      foldSpendState(totals, spendStateCodec.decode(unframed(value)), reportingCalendar(log.view))
    },
    onTrouble,
  })
  const alerts = await followTopic(kafka, {
    topic: TOPICS.spendAlert.name,
    from: 'first',
    onRecord: ({ value }) => {
      if (value === null) return
      try {
        hardCaps.take(parseSpendAlert(value.toString('utf8')).data)
      } catch (err) {
        // One alert that cannot be read must not end what all the others need.
        events.scheduleTrouble({ err })
      }
    },
    onTrouble,
  })
  for (const { done } of [spend, alerts]) done.catch(of.fail)

  async function turn(): Promise<void> {
    try {
      let judged: JudgedAlerts | undefined
      await log.run({
        commandId: unkeyedCommandId(),
        actor: ACTOR,
        decide: (view, head) => {
          const due = dueChanges(view, totals, head)
          // Both may put the same incident; the second sees the view as it will be at the next turn.
          if (due.length > 0) return { ok: true, changes: due }
          judged = hardCaps.judge(view, head)
          return { ok: true, changes: judged.changes }
        },
      })
      judged?.settle()
    } catch (err) {
      events.scheduleTrouble({ err })
    }
  }

  async function run(): Promise<void> {
    // A scope whose state was not read yet would count as one that never spent anything.
    try {
      await Promise.all([spend.caughtUp, alerts.caughtUp])
    } catch (error) {
      // A stop that comes first is no failure.
      if (stopping.signal.aborted) return
      throw error
    }
    while (!stopping.signal.aborted) {
      await turn()
      await sleep(TURN_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const running = run()
  running.catch(of.fail)

  return {
    totals,
    async stop() {
      stopping.abort()
      await Promise.all([spend.stop(), alerts.stop()])
      await running.catch(() => undefined)
    },
  }
}
