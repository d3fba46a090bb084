import type { ControlEntities } from '@meterline/domain'
import type { z } from 'zod'

import { allocationEntry, allocationEntryOf, allocationOf } from '../allocation-entry.ts'
import { entitySchemas } from '../entities/entity-schemas.ts'
import { keyDefinition, keyEntry, keyEntryOf } from '../key-entry.ts'
import { rateCardEntryOf, rateCardOf } from '../rate-card-entry.ts'
import { rateCard } from '../rate-card-schema.ts'
import type { Resource } from './resource.ts'

/** Kinds whose entry has a shape of its own, that of the organization file. */
export const fileResources = {
  api_key: ownShape('api_key', {
    path: 'keys',
    section: 'keys',
    entry: keyEntry,
    toFields: (entry) => keyDefinition(keyEntry.parse(entry)),
    toEntry: keyEntryOf,
  }),
  allocation: ownShape('allocation', {
    path: 'allocations',
    section: 'allocations',
    entry: allocationEntry,
    toFields: (entry) => allocationOf(allocationEntry.parse(entry), undefined),
    toEntry: allocationEntryOf,
  }),
  rate_card: ownShape('rate_card', {
    path: 'rate-cards',
    section: 'rate_cards',
    entry: rateCard,
    toFields: (entry) => rateCardOf(rateCard.parse(entry)),
    toEntry: rateCardEntryOf,
  }),
} as const

function ownShape<K extends 'api_key' | 'allocation' | 'rate_card'>(
  kind: K,
  of: {
    readonly path: string
    readonly section: string
    readonly entry: z.ZodObject
    readonly toFields: (entry: object) => object
    readonly toEntry: (entity: ControlEntities[K]) => object
  },
): Resource<K> {
  const schema: z.ZodType = entitySchemas[kind]
  const toFields: Resource['toFields'] = (entry) => ({ ...of.toFields(entry) })
  return {
    kind,
    path: of.path,
    section: of.section,
    isWritable: true,
    entry: of.entry,
    toFields,
    // The schema of a kind parses to the entity of that kind (control-event-json.ts holds it to that).
    toEntity: (entry, kept = {}) => schema.parse({ ...toFields(entry), ...kept }) as ControlEntities[K],
    toEntry: (entity) => ({ ...of.toEntry(entity) }),
  }
}
