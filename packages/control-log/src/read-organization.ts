import { TOPICS } from '@meterline/contract'
import { createOrganizationView } from '@meterline/domain'
import type { OrganizationView } from '@meterline/domain'
import { readLog } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'

import { takeRecord } from './take-record.ts'

/** The organization as the whole control log tells it now, without the records that this version cannot read. */
export async function readOrganization(kafka: KafkaClient): Promise<OrganizationView> {
  const folded = { view: createOrganizationView(), unreadable: new Map() }
  const log = readLog(kafka, { topic: TOPICS.controlLog.name, partition: 0, to: 'end' })
  for await (const records of log) {
    for (const record of records) takeRecord(folded, record)
  }
  return folded.view
}
