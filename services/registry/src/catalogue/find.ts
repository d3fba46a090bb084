import { schemaIdentity } from '@meterline/contract'

import type { Catalogue, SchemaVersion } from './catalogue.ts'
import { liveVersions } from './catalogue.ts'
import { invalidVersion, schemaNotFound, subjectNotFound, versionNotFound } from './faults.ts'

/** Versions of a subject that has any; 40401 otherwise. */
export function versionsOf(catalogue: Catalogue, subject: string): SchemaVersion[] {
  const versions = liveVersions(catalogue, subject)
  if (versions.length === 0) throw subjectNotFound(subject)
  return versions
}

/** `latest`, or a number as text. */
export function versionOf(catalogue: Catalogue, subject: string, wanted: string): SchemaVersion {
  const versions = versionsOf(catalogue, subject)
  const found =
    wanted === 'latest' ? versions.at(-1) : versions.find(({ version }) => version === versionNumber(wanted))
  if (found === undefined) throw versionNotFound(wanted)
  return found
}

/** The version of the subject that has exactly this schema. */
export function versionWithSchema(catalogue: Catalogue, subject: string, schema: string): SchemaVersion {
  const identity = schemaIdentity(schema)
  const found = versionsOf(catalogue, subject).find((version) => schemaIdentity(version.schema) === identity)
  if (found === undefined) throw schemaNotFound()
  return found
}

export function schemaWithId(catalogue: Catalogue, id: number): string {
  const schema = catalogue.schemasById.get(id)
  if (schema === undefined) throw schemaNotFound()
  return schema
}

function versionNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw invalidVersion(text)
  return Number(text)
}
