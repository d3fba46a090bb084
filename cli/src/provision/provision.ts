import { migrate } from '@meterline/clickhouse'
import type { Clickhouse, MigrationReport } from '@meterline/clickhouse'
import { createRegistryClient, schemaText, TOPICS } from '@meterline/contract'
import type { TopicDefinition } from '@meterline/contract'
import { settingsOf } from '@meterline/domain'
import type { KafkaClient } from '@meterline/kafka'

import { readOrganization } from '@meterline/control-log'

const COMPATIBILITY = 'BACKWARD_TRANSITIVE'

export interface RegisteredSubject {
  readonly subject: string
  readonly id: number
}

/** Registers every Avro schema under `<topic>-value`. Safe to run twice: the same schema keeps its id. */
export async function provisionSchemas(registryUrl: string): Promise<readonly RegisteredSubject[]> {
  const registry = createRegistryClient({ url: registryUrl })
  const registered: RegisteredSubject[] = []
  for (const { subject, file } of avroSubjects()) {
    await registry.setCompatibility(subject, COMPATIBILITY)
    registered.push({ subject, id: await registry.register(subject, schemaText(file)) })
  }
  return registered
}

/** Tables and views; days and months of the views are those of the organization's reporting time zone, UTC before there is one. */
export async function provisionClickhouse(
  clickhouse: Clickhouse,
  kafka: KafkaClient,
): Promise<MigrationReport> {
  const settings = settingsOf(await readOrganization(kafka))
  return migrate(clickhouse, { reportingTimeZone: settings?.reporting_time_zone ?? 'UTC' })
}

export function avroSubjects(): readonly { readonly subject: string; readonly file: string }[] {
  return Object.values<TopicDefinition>(TOPICS).flatMap(({ name, value, schema }) =>
    value === 'avro' && schema !== undefined ? [{ subject: `${name}-value`, file: schema }] : [],
  )
}
