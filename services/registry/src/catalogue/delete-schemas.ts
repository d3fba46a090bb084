import type { Catalogue, SchemaVersion } from './catalogue.ts'
import { notSoftDeleted, subjectNotFound } from './faults.ts'
import { versionOf, versionsOf } from './find.ts'

export interface Deletion {
  readonly versions: readonly number[]
  readonly records: readonly SchemaVersion[]
}

/** Soft: no longer listed or compared with, still found by id. Permanent, after that: the text is gone. */
export function deleteSubject(catalogue: Catalogue, subject: string, permanent: boolean): Deletion {
  if (!permanent) return softly(versionsOf(catalogue, subject))
  const all = (catalogue.subjects.get(subject) ?? []).filter((version) => version.deleted !== 'permanent')
  if (all.length === 0) throw subjectNotFound(subject)
  if (all.some((version) => version.deleted === 'no')) throw notSoftDeleted(subject)
  return {
    versions: all.map(({ version }) => version),
    records: all.map((version) => ({ ...version, deleted: 'permanent', schema: '' })),
  }
}

export function deleteVersion(catalogue: Catalogue, subject: string, wanted: string): Deletion {
  return softly([versionOf(catalogue, subject, wanted)])
}

function softly(versions: readonly SchemaVersion[]): Deletion {
  return {
    versions: versions.map(({ version }) => version),
    records: versions.map((version) => ({ ...version, deleted: 'soft' })),
  }
}
