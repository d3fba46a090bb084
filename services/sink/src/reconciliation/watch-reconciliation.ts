import type { Clickhouse } from '@meterline/clickhouse'
import type { KafkaClient } from '@meterline/kafka'
import { reconcile } from '@meterline/reconciliation'
import type { Reconciliation } from '@meterline/reconciliation'
import { Gauge, type Registry } from '@meterline/runtime'

import type { SinkEvents } from '../events.ts'
import { createDisagreement } from './disagreement.ts'

const EVERY_MS = 60_000
/** A difference that stays for so long is no delay any more. */
const ALERT_AFTER_MS = 5 * 60_000
const SINK_WAIT_MS = 10_000

interface ReconciliationWatch {
  /** Holds the counts against the tables now; who asks while that is being done gets the same answer. */
  report(): Promise<Reconciliation>
  stop(): void
}

/** Reconciles every minute, shows the difference as a metric, and says so when it stays. */
export function watchReconciliation(options: {
  readonly kafka: KafkaClient
  readonly clickhouse: Clickhouse
  readonly events: Pick<SinkEvents, 'reconciliationFailed' | 'unreconciled' | 'reconciledAgain'>
  readonly metrics: Registry
}): ReconciliationWatch {
  const { kafka, clickhouse, events, metrics } = options
  const disagreement = createDisagreement({ alertAfterMs: ALERT_AFTER_MS, events })
  const records = gauge('meterline_sink_unreconciled_records', 'Records that do not match')
  const lasting = gauge('meterline_sink_unreconciled_ms', 'How long the counts have not matched')
  metrics.registerMetric(records)
  metrics.registerMetric(lasting)

  let running: Promise<Reconciliation> | undefined
  const report = (): Promise<Reconciliation> =>
    (running ??= reconcile({ kafka, clickhouse, waitMs: SINK_WAIT_MS }).finally(() => (running = undefined)))

  async function look(): Promise<void> {
    try {
      const { difference, waiting_records: waitingRecords } = await report()
      records.set(difference)
      lasting.set(disagreement.observe({ difference, waitingRecords }, performance.now()))
    } catch (err) {
      events.reconciliationFailed({ err })
    }
  }
  const timer = setInterval(() => void look(), EVERY_MS)
  return { report, stop: () => clearInterval(timer) }
}

function gauge(name: string, help: string): Gauge {
  return new Gauge({ name, help, registers: [] })
}
