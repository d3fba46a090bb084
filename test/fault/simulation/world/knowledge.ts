import { meteredUsageCodec, type SchemaReader } from '@meterline/contract'
import type { MeteredUsage } from '@meterline/domain'

import { preparedSchemas } from '../../../../services/processor/src/meter/meter.test-data.ts'
import type { EventSchemas } from '../../../../services/processor/src/meter/wire/read-event.ts'
import type { Source } from '../../../../services/sink/src/exactly-once/source.ts'
import { usageSource } from '../../../../services/sink/src/tables/usage-source.ts'

/** What is the same in every run, and takes long to make. */
export interface Knowledge {
  readonly schemas: EventSchemas
  readonly source: Source
  /** Meter's records are all of the present schema. */
  readonly meteredSchemas: SchemaReader<MeteredUsage>
}

export async function prepareKnowledge(): Promise<Knowledge> {
  const meteredSchemas: SchemaReader<MeteredUsage> = {
    prepare: () => Promise.resolve(),
    of: () => ({ kind: 'same', decode: (datum) => meteredUsageCodec.decode(datum) }),
  }
  return { schemas: await preparedSchemas(), source: usageSource(meteredSchemas), meteredSchemas }
}
