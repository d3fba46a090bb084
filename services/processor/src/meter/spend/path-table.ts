import type { Attribution } from '@meterline/domain'

import { PATH_LEVELS, PathScopes } from './path-scopes.ts'
import type { ScopeTable } from './scope-table.ts'

/** Makes each part of each path once, so that all events of a path meet, and all paths of a team. */
export class PathTable {
  readonly #scopes: ScopeTable
  readonly #parts = new Map<string, PathScopes>()
  readonly #nobody = new PathScopes({ scope: undefined, level: 0, above: undefined })

  constructor(scopes: ScopeTable) {
    this.#scopes = scopes
  }

  clear(): void {
    this.#parts.clear()
  }

  of(attribution: Attribution): PathScopes {
    let path: PathScopes | undefined
    let id = ''
    for (const [level, kind] of PATH_LEVELS.entries()) {
      const value = valueAt(attribution, kind)
      // With its length before it no name runs into the next.
      id += `${value.length}:${value}`
      if (value === '') continue
      const known = this.#parts.get(id)
      const part = known ?? new PathScopes({ scope: this.#scopes.of(kind, value), level, above: path })
      if (known === undefined) this.#parts.set(id, part)
      path = part
    }
    return path ?? this.#nobody
  }
}

function valueAt(attribution: Attribution, kind: (typeof PATH_LEVELS)[number]): string {
  switch (kind) {
    case 'org':
      return attribution.organization
    case 'allocation':
      return attribution.allocation_id ?? ''
    case 'billing_group':
    case 'department':
    case 'team':
    case 'project':
      return attribution[kind]
  }
}
