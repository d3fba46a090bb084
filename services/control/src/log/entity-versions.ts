import type { ControlEntityKind, ControlEvent } from '@meterline/domain'

/** Which record of the log an entity stands at, and who wrote it. */
export interface EntityVersion {
  /** Offset in `control.log`: what `If-Match` is held against. */
  readonly version: number
  readonly atMs: number
  readonly actor: string
}

export interface EntityVersions {
  fold(event: ControlEvent, offset: number): void
  /** `undefined` when there is no such entity. */
  of(kind: ControlEntityKind, id: string): EntityVersion | undefined
}

export function createEntityVersions(): EntityVersions {
  const versions = new Map<ControlEntityKind, Map<string, EntityVersion>>()
  const ofKind = (kind: ControlEntityKind): Map<string, EntityVersion> => {
    const known = versions.get(kind)
    if (known !== undefined) return known
    const made = new Map<string, EntityVersion>()
    versions.set(kind, made)
    return made
  }
  return {
    fold({ kind, id, type, at_ms: atMs, actor }, offset) {
      // One organization per log: the newest takes the place of any other.
      if (kind === 'organization' && type === 'put') ofKind(kind).clear()
      if (type === 'removed') ofKind(kind).delete(id)
      else ofKind(kind).set(id, { version: offset, atMs, actor })
    },
    of: (kind, id) => versions.get(kind)?.get(id),
  }
}
