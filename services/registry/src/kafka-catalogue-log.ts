import { TOPICS } from '@meterline/contract'
import type { KafkaClient } from '@meterline/kafka'
import { openFencedLogWriter, readLog } from '@meterline/kafka'

import { recordKey } from './catalogue/catalogue.ts'
import { parseCatalogueRecord } from './catalogue/catalogue-record.ts'
import type { CatalogueLog } from './registry.ts'

const TRANSACTIONAL_ID = 'meterline-registry'
const TOPIC = TOPICS.registryLog.name
const PARTITION = 0

/** `registry.log`, with one transactional id: a second registry on the same cluster fences the first. */
export async function openKafkaCatalogueLog(client: KafkaClient): Promise<CatalogueLog> {
  // Fence first, then read: a zombie may still commit in between.
  const writer = await openFencedLogWriter(client, { transactionalId: TRANSACTIONAL_ID, topic: TOPIC })
  return {
    async *readAll() {
      for await (const records of readLog(client, { topic: TOPIC, partition: PARTITION, to: 'end' })) {
        for (const { value } of records) if (value !== null) yield parseCatalogueRecord(value)
      }
    },
    append: (records) =>
      writer.append(
        records.map((record) => ({ key: recordKey(record), value: Buffer.from(JSON.stringify(record)) })),
      ),
    close: () => writer.close(),
  }
}
