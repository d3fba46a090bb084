import type { ControlEntityKind } from '@meterline/domain'
import { ApiError } from '@meterline/http'

import type { EntityVersions } from '../log/entity-versions.ts'
import type { Call } from '../routing/route.ts'

/** Throws `ApiError` 409 with both versions when the entity is not at the version that the caller has seen. */
export function assertVersion(
  versions: EntityVersions,
  of: { readonly kind: ControlEntityKind; readonly id: string },
  expected: Call<unknown, unknown>['expected'],
): void {
  if (expected === undefined) return
  const current = versions.of(of.kind, of.id)?.version ?? null
  if (expected === 'none' ? current === null : current === expected) return
  const name = `${of.kind.replaceAll('_', ' ')} "${of.id}"`
  const stands = current === null ? 'does not exist' : `stands at version ${current}`
  throw new ApiError(409, 'version_conflict', `the ${name} ${stands}; read it again`, {
    details: { expected_version: expected === 'none' ? null : expected, current_version: current },
  })
}
