import { decodeControlEvent, TOPICS } from '@meterline/contract'
import { createOrganizationView, foldControlEvent } from '@meterline/domain'
import type { OrganizationView } from '@meterline/domain'
import { readLog } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'

/** The organization as the whole control log tells it now. */
export async function readOrganization(kafka: KafkaClient): Promise<OrganizationView> {
  const view = createOrganizationView()
  const log = readLog(kafka, { topic: TOPICS.controlLog.name, partition: 0, to: 'end' })
  for await (const records of log) {
    for (const { value, offset } of records) {
      if (value !== null) foldControlEvent(view, decodeControlEvent(value), offset)
    }
  }
  return view
}
