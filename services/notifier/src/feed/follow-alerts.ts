import { parseSpendAlert, TOPICS } from '@meterline/contract'
import type { SpendAlert } from '@meterline/domain'
import { followTopic } from '@meterline/kafka'
import type { Follower, KafkaClient } from '@meterline/kafka'

import { createSharedTexts } from './shared-texts.ts'

/** Every record of spend.alert from the first on, each partition in order. What is no alert is told, and passed over. */
export async function followAlerts(
  kafka: KafkaClient,
  options: {
    readonly onAlert: (alert: SpendAlert) => void
    readonly onUnreadable: (at: { partition: number; offset: number; err: unknown }) => void
    readonly onTrouble: (error: unknown) => void
  },
): Promise<Follower> {
  const { onAlert, onUnreadable, onTrouble } = options
  const withSharedTexts = createSharedTexts()
  return followTopic(kafka, {
    topic: TOPICS.spendAlert.name,
    from: 'first',
    onTrouble,
    onRecord({ partition, offset, value }) {
      const alert =
        value === null ? undefined : alertOf(value, (err) => onUnreadable({ partition, offset, err }))
      if (alert !== undefined) onAlert(withSharedTexts(alert))
    },
  })
}

function alertOf(value: Buffer, onUnreadable: (error: unknown) => void): SpendAlert | undefined {
  try {
    return parseSpendAlert(value.toString('utf8')).data
  } catch (error) {
    onUnreadable(error)
    return undefined
  }
}
