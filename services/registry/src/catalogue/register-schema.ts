import { compatibilityProblems, schemaIdentity, strictType } from '@meterline/contract'

import type { Catalogue, SchemaVersion } from './catalogue.ts'
import { levelOf, liveVersions } from './catalogue.ts'
import { incompatible, invalidSchema } from './faults.ts'

const MAX_SUBJECTS = 10_000
const MAX_VERSIONS_PER_SUBJECT = 1_000

export interface Registration {
  readonly id: number
  /** To be written before the id is given out; none when the schema was there. */
  readonly records: readonly SchemaVersion[]
}

/** The same schema has the same id under every subject; registering it again changes nothing. */
export function registerSchema(
  catalogue: Catalogue,
  { subject, schema }: { readonly subject: string; readonly schema: string },
): Registration {
  const identity = identityOf(schema)
  const live = liveVersions(catalogue, subject)
  const known = live.find((version) => schemaIdentity(version.schema) === identity)
  if (known !== undefined) return { id: known.id, records: [] }

  const earlier = live.map((version) => version.schema)
  const problems = compatibilityProblems(schema, earlier, levelOf(catalogue, subject))
  if (problems.length > 0) throw incompatible(problems)
  holdBounds(catalogue, subject)

  const id = idOf(catalogue, identity) ?? catalogue.highestId + 1
  const version = (catalogue.subjects.get(subject)?.at(-1)?.version ?? 0) + 1
  return { id, records: [{ kind: 'schema', subject, version, id, schema, deleted: 'no' }] }
}

/** Whether the schema could follow the given ones at the subject's level: the sentences against it. */
export function problemsWith(
  catalogue: Catalogue,
  candidate: { readonly subject: string; readonly schema: string },
  earlier: readonly SchemaVersion[],
): string[] {
  identityOf(candidate.schema)
  const level = levelOf(catalogue, candidate.subject)
  return compatibilityProblems(
    candidate.schema,
    earlier.map((version) => version.schema),
    level,
  )
}

/** Identity of a schema that is known to be valid Avro; 42201 otherwise. */
export function identityOf(schema: string): string {
  try {
    strictType(schema)
    return schemaIdentity(schema)
  } catch (error) {
    throw invalidSchema(error instanceof Error ? error.message : String(error))
  }
}

function idOf(catalogue: Catalogue, identity: string): number | undefined {
  for (const [id, schema] of catalogue.schemasById) if (schemaIdentity(schema) === identity) return id
  return undefined
}

function holdBounds(catalogue: Catalogue, subject: string): void {
  const versions = catalogue.subjects.get(subject)
  if (versions === undefined && catalogue.subjects.size >= MAX_SUBJECTS) {
    throw invalidSchema(`there are ${MAX_SUBJECTS} subjects already`)
  }
  if ((versions?.length ?? 0) >= MAX_VERSIONS_PER_SUBJECT) {
    throw invalidSchema(`subject '${subject}' has ${MAX_VERSIONS_PER_SUBJECT} versions already`)
  }
}
