import type {
  ApiKey,
  EffectiveLimit,
  LeaseCap,
  OrganizationPath,
  OrganizationView,
  ScopeId,
} from '@meterline/domain'
import { effectiveLimits, pathOfKey } from '@meterline/domain'

import { ApiError } from '../http/api-error.ts'
import { AUTHORIZE } from './bounds.ts'

/** A limit that has a hard cap. */
export type HardLimit = EffectiveLimit & { readonly hard_cap_micro: number }

/** A scope on the key's path with the caps that hold for it: one slice of credits. */
export interface CappedLevel {
  readonly scope: ScopeId
  readonly caps: readonly LeaseCap[]
  readonly limits: readonly HardLimit[]
  /** The same for the same caps of the same scope, whoever asks. */
  readonly sliceName: string
}

/** Who wants to spend, and what holds for them now. */
export interface Subject {
  readonly key: ApiKey
  readonly path: OrganizationPath
  readonly user: string | null
  readonly apiKey: string
  /** Most specific first. */
  readonly levels: readonly CappedLevel[]
}

export type Subjects = (key: ApiKey, user: string | null, nowMs: number) => Subject

/** Worked out once per key, user, and state of the view, until a limit or its period ends. */
export function createSubjects(view: OrganizationView): Subjects {
  const kept = new Map<string, { readonly subject: Subject; readonly untilMs: number }>()
  let keptOffset = view.offset
  return (key, user, nowMs) => {
    if (keptOffset !== view.offset || kept.size >= AUTHORIZE.maxKept) kept.clear()
    keptOffset = view.offset
    const name = JSON.stringify([key.id, user])
    const known = kept.get(name)
    if (known !== undefined && nowMs < known.untilMs) return known.subject
    const { subject, untilMs } = workOut(view, { key, user, nowMs })
    kept.set(name, { subject, untilMs })
    return subject
  }
}

function workOut(
  view: OrganizationView,
  { key, user, nowMs }: { readonly key: ApiKey; readonly user: string | null; readonly nowMs: number },
): { readonly subject: Subject; readonly untilMs: number } {
  const path = pathOfKey(view, key)
  if (path === undefined) {
    throw new ApiError(403, 'incomplete_key', `the project of ${key.id} is not known, so nobody can pay`, {
      hint: 'complete the key in the organization',
    })
  }
  const limits = effectiveLimits(view, { path, user, apiKey: key.id }, nowMs)
  const hard = limits.filter((limit): limit is HardLimit => limit.hard_cap_micro !== null)
  const levels = [...Map.groupBy(hard, ({ scope }) => scope)].map(([scope, of]) => levelOf(scope, of))
  const ends = limits.flatMap(({ changes_at_ms, resets_at_ms }) => [changes_at_ms ?? Infinity, resets_at_ms])
  return { subject: { key, path, user, apiKey: key.id, levels }, untilMs: Math.min(Infinity, ...ends) }
}

function levelOf(scope: ScopeId, limits: readonly HardLimit[]): CappedLevel {
  const caps = limits.map(({ id, period, hard_cap_micro }) => ({
    limit_id: id,
    period,
    cap_micro: hard_cap_micro,
  }))
  return { scope, caps, limits, sliceName: JSON.stringify([scope, caps]) }
}
