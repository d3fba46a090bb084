import { COMPATIBILITY_LEVELS } from '@meterline/contract'
import { z } from 'zod'

import type { CatalogueRecord } from './catalogue.ts'

const schemaVersion = z.strictObject({
  kind: z.literal('schema'),
  subject: z.string(),
  version: z.int().positive(),
  id: z.int().positive(),
  schema: z.string(),
  deleted: z.enum(['no', 'soft', 'permanent']),
})

const compatibilitySetting = z.strictObject({
  kind: z.literal('compatibility'),
  subject: z.string(),
  level: z.enum(COMPATIBILITY_LEVELS).nullable(),
})

const catalogueRecord = z.discriminatedUnion('kind', [schemaVersion, compatibilitySetting])

/** Throws when the bytes are no record of ours: a registry that skipped one would hand out its id again. */
export function parseCatalogueRecord(value: Buffer): CatalogueRecord {
  return catalogueRecord.parse(JSON.parse(value.toString('utf8')))
}
