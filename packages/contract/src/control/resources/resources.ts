import type { ControlEntityKind } from '@meterline/domain'

import { accessResources } from './access-resources.ts'
import { alertResources } from './alert-resources.ts'
import { creditResources } from './credit-resources.ts'
import { fileResources } from './file-resources.ts'
import { policyResources, treeResources } from './organization-resources.ts'
import type { Resource } from './resource.ts'

/** Every kind of the control log as the API presents it. */
export const RESOURCES = {
  ...treeResources,
  ...fileResources,
  ...accessResources,
  ...policyResources,
  ...creditResources,
  ...alertResources,
} as const satisfies { readonly [K in ControlEntityKind]: Resource<K> }

export const RESOURCE_LIST: readonly Resource[] = Object.values(RESOURCES)

/** By the last part of its path, or by its kind: `limits`, `limit`, `alert-routes`, `alert_route`. */
export function resourceNamed(name: string): Resource | undefined {
  return RESOURCE_LIST.find(({ path, kind }) => path === name || kind === name || path === `${name}s`)
}
