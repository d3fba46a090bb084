import { createRegistryClient, createSchemaReader, schemaText } from '@meterline/contract'
import type { MeteredUsage } from '@meterline/domain'

import type { Source } from './exactly-once/source.ts'
import { alertsSource } from './tables/alerts-source.ts'
import { auditSource } from './tables/audit-source.ts'
import { rejectedSource } from './tables/rejected-source.ts'
import { usageSource } from './tables/usage-source.ts'

/** Every topic that has a table. */
export function sinkSources(options: { readonly schemaRegistryUrl: string }): Source[] {
  const registry = createRegistryClient({ url: options.schemaRegistryUrl })
  const schemas = createSchemaReader<MeteredUsage>({ registry, schema: schemaText('metered-usage.avsc') })
  return [usageSource(schemas), rejectedSource(), alertsSource(), auditSource()]
}
