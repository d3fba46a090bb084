import type { Attribution } from '@meterline/domain'

import { Scope, type ScopeTable } from './scope-table.ts'
import type { PathScopes } from './path-scopes.ts'

/** Makes the scopes of each path once, so that all events of a path meet. */
export class PathTable {
  readonly #scopes: ScopeTable
  readonly #paths = new Map<string, PathScopes>()

  constructor(scopes: ScopeTable) {
    this.#scopes = scopes
  }

  clear(): void {
    this.#paths.clear()
  }

  of(attribution: Attribution): PathScopes {
    const levels = [
      ['org', attribution.organization],
      ['billing_group', attribution.billing_group],
      ['department', attribution.department],
      ['team', attribution.team],
      ['project', attribution.project],
      ['allocation', attribution.allocation_id ?? ''],
    ] as const
    const id = JSON.stringify(levels)
    let path = this.#paths.get(id)
    if (path === undefined) {
      const scopes = levels
        .filter(([, value]) => value !== '')
        .map(([kind, value]) => this.#scopes.of(kind, value))
      path = { self: new Scope('org', id), scopes }
      this.#paths.set(id, path)
    }
    return path
  }
}
