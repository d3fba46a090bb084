import type { Resource } from '@meterline/contract'
import type { ApiKey, ControlEntities, ControlEntityKind } from '@meterline/domain'
import { ApiError } from '@meterline/http'

import type { Control } from '../control.ts'

/** An entity as every answer presents it: its entry, and where in the log it stands. */
export function entityAnswer(
  { log }: Pick<Control, 'log'>,
  resource: Resource,
  id: string,
): Record<string, unknown> {
  const entity = log.view.entities[resource.kind].get(id)
  const at = log.versions.of(resource.kind, id)
  if (entity === undefined || at === undefined) throw notFound(resource.kind, id)
  return {
    kind: resource.kind,
    id,
    version: at.version,
    changed_at: new Date(at.atMs).toISOString(),
    changed_by: at.actor,
    data: resource.toEntry(entity),
    ...publicSecret(resource.kind, entity),
    history: `/v1/audit?kind=${resource.kind}&id=${encodeURIComponent(id)}`,
  }
}

export function notFound(kind: ControlEntityKind, id: string): ApiError {
  return new ApiError(404, 'not_found', `there is no ${kind.replaceAll('_', ' ')} "${id}"`)
}

/** By which prefix a secret is known, and how long a former one still works. */
function publicSecret(kind: ControlEntityKind, entity: ControlEntities[ControlEntityKind]): object {
  if (kind !== 'api_key' && kind !== 'service_token') return {}
  const { secret_prefix, former_secret } = entity as Pick<ApiKey, 'secret_prefix' | 'former_secret'>
  const former =
    former_secret === undefined
      ? {}
      : {
          former_secret: {
            prefix: former_secret.secret_prefix,
            valid_until: new Date(former_secret.valid_until_ms).toISOString(),
          },
        }
  return { secret_prefix, ...former }
}
