import type { CompatibilityLevel } from '@meterline/contract'

/** One version of a subject's schema. Permanently deleted ones stay as a record without text: ids and versions are never reused. */
export interface SchemaVersion {
  readonly kind: 'schema'
  readonly subject: string
  readonly version: number
  readonly id: number
  /** JSON text, as registered; empty once permanently deleted. */
  readonly schema: string
  readonly deleted: 'no' | 'soft' | 'permanent'
}

/** Compatibility of a subject, or of all that have none of their own (subject is empty). */
interface CompatibilitySetting {
  readonly kind: 'compatibility'
  readonly subject: string
  readonly level: CompatibilityLevel | null
}

/** A record of `registry.log`; the last one per key holds. */
export type CatalogueRecord = SchemaVersion | CompatibilitySetting

/** Everything that the registry knows: `registry.log`, folded. `foldRecord` is its one writer. */
export interface Catalogue {
  /** Versions by subject, in order of version. */
  readonly subjects: Map<string, SchemaVersion[]>
  readonly schemasById: Map<number, string>
  readonly levels: Map<string, CompatibilityLevel>
  highestId: number
}

export const GLOBAL = ''
const DEFAULT_LEVEL: CompatibilityLevel = 'BACKWARD_TRANSITIVE'

export function createCatalogue(): Catalogue {
  return { subjects: new Map(), schemasById: new Map(), levels: new Map(), highestId: 0 }
}

export function clearCatalogue(catalogue: Catalogue): void {
  catalogue.subjects.clear()
  catalogue.schemasById.clear()
  catalogue.levels.clear()
  catalogue.highestId = 0
}

export function recordKey(record: CatalogueRecord): string {
  return record.kind === 'schema'
    ? `schema:${record.subject}:${record.version}`
    : `compatibility:${record.subject}`
}

export function foldRecord(catalogue: Catalogue, record: CatalogueRecord): void {
  if (record.kind === 'compatibility') {
    if (record.level === null) catalogue.levels.delete(record.subject)
    else catalogue.levels.set(record.subject, record.level)
    return
  }
  const others = (catalogue.subjects.get(record.subject) ?? []).filter((v) => v.version !== record.version)
  catalogue.subjects.set(
    record.subject,
    [...others, record].sort((a, b) => a.version - b.version),
  )
  if (record.schema !== '') catalogue.schemasById.set(record.id, record.schema)
  catalogue.highestId = Math.max(catalogue.highestId, record.id)
}

/** Versions that are not deleted, oldest first. */
export function liveVersions(catalogue: Catalogue, subject: string): SchemaVersion[] {
  return (catalogue.subjects.get(subject) ?? []).filter((version) => version.deleted === 'no')
}

export function levelOf(catalogue: Catalogue, subject: string): CompatibilityLevel {
  return catalogue.levels.get(subject) ?? catalogue.levels.get(GLOBAL) ?? DEFAULT_LEVEL
}
