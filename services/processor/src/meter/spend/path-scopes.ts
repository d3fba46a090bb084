import { BatchPanes } from './batch-panes.ts'
import type { Scope } from './scope-table.ts'

/** From the organization down. An allocation stands above projects: it may be that of one project, of a team, or of more. */
export const PATH_LEVELS = ['org', 'billing_group', 'department', 'team', 'allocation', 'project'] as const

/**
 * A part of a path, from the organization down to one of its levels. Events add up at the last part of their path; when the batch
 * ends, each part hands what it has to its scope and to the part above. So an event is added up once, and a team's spend, not
 * that of each of its projects, goes on to the department.
 */
export class PathScopes extends BatchPanes<PathScopes> {
  /** `undefined` where nobody can be named. */
  readonly scope: Scope | undefined
  /** Index of its level; that of the part above is smaller. */
  readonly level: number
  readonly above: PathScopes | undefined

  constructor(part: Pick<PathScopes, 'scope' | 'level' | 'above'>) {
    super()
    this.scope = part.scope
    this.level = part.level
    this.above = part.above
  }
}
