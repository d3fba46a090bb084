import { keyLabelsOf } from '@meterline/domain'
import type { ApiKey, Labels, OrganizationView } from '@meterline/domain'

const MAX_KEPT = 10_000

/** The labels that a key gives to its events; `undefined` when a required one is missing, which is as good as disabled. */
export type KeyLabels = (key: ApiKey) => Labels | undefined

/** Computed once per key and state of the view. */
export function createKeyLabels(view: OrganizationView): KeyLabels {
  const kept = new Map<string, Labels | undefined>()
  let keptOffset = view.offset
  return (key) => {
    if (keptOffset !== view.offset || kept.size > MAX_KEPT) kept.clear()
    keptOffset = view.offset
    if (!kept.has(key.id)) kept.set(key.id, keyLabelsOf(view, key))
    return kept.get(key.id)
  }
}
