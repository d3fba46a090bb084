import type { ControlEntityKind } from '@meterline/domain'
import { z } from 'zod'

import { accessResources } from './access-resources.ts'
import { alertResources } from './alert-resources.ts'
import { creditResources } from './credit-resources.ts'
import { policyResources } from './organization-resources.ts'
import type { Resource } from './resource.ts'

/** By kind and id; only kinds whose section the file has. */
export type FurtherEntities = ReadonlyMap<ControlEntityKind, ReadonlyMap<string, object>>

const SECTIONS = {
  users: accessResources.user,
  pools: creditResources.pool,
  limits: policyResources.limit,
  model_policies: policyResources.model_policy,
  label_policies: policyResources.label_policy,
  alert_policies: alertResources.alert_policy,
  alert_routes: alertResources.alert_route,
  channels: alertResources.channel,
  releases: alertResources.release,
  gl_mappings: creditResources.gl_mapping,
  conversion_rates: creditResources.conversion_rate,
  action_policies: alertResources.action_policy,
} as const

type SectionName = keyof typeof SECTIONS

/** Sections of the organization file that list the entries of the API as they are. */
export const furtherSections = Object.fromEntries(
  Object.entries(SECTIONS).map(([name, { entry }]) => [name, z.array(entry).optional()]),
) as { readonly [K in SectionName]: z.ZodOptional<z.ZodArray<z.ZodObject>> }

export function furtherEntities(file: {
  readonly [K in SectionName]?: readonly Readonly<Record<string, unknown>>[] | undefined
}): FurtherEntities {
  const found = (Object.keys(SECTIONS) as SectionName[]).flatMap((name) => {
    const entries = file[name]
    const resource: Resource = SECTIONS[name]
    if (entries === undefined) return []
    const fields = entries.map((entry) => [String(entry['id']), resource.toFields(entry)] as const)
    return [[resource.kind, new Map(fields)] as const]
  })
  return new Map(found)
}
