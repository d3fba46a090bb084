import { organizationChanges, organizationDiff } from '@meterline/contract'
import type { DesiredEntities, EntityChange, SecretProof } from '@meterline/contract'
import {
  askForAllocations,
  brokenReference,
  changedTerms,
  limitProblem,
  may,
  mayChange,
  onStandingTerms,
  standingTermsProblem,
} from '@meterline/domain'
import type {
  Allocation,
  AllocationAsk,
  CommandHead,
  ControlChange,
  OrganizationView,
  Principal,
  Refusal,
  WaitingRequest,
} from '@meterline/domain'

import { madeId } from '../log/command-id.ts'
import { allocationRule } from './decide-put.ts'

/** What of a file waits for a request, as the diff has it. */
interface Waiting extends Pick<WaitingRequest, 'request' | 'isNew'> {
  readonly changes: readonly EntityChange[]
}

export type Applied =
  | {
      readonly ok: true
      readonly changes: readonly ControlChange[]
      /** What the changes come to, without what waits. */
      readonly diff: readonly EntityChange[]
      readonly waiting: readonly Waiting[]
    }
  | { readonly ok: false; readonly refusal: Refusal }

/**
 * What it takes to bring the organization to what a file says. What standing allocations need approval for is not done but asked for,
 * in the same decision.
 */
export function decideApply(
  view: OrganizationView,
  of: {
    readonly desired: DesiredEntities
    readonly principal: Principal
    readonly proofFor: (keyId: string) => SecretProof
  },
  head: CommandHead,
): Applied {
  const { desired, principal, proofFor } = of
  const { allocation: standing } = view.entities
  const asks = asksOfFile(desired, standing)
  const scopeProblem = problemOfScopes(view, desired.allocation)
  if (scopeProblem !== undefined) return { ok: false, refusal: scopeProblem }
  const direct = { ...desired, allocation: directly(desired, standing, asks) }
  const diff = organizationDiff(direct, view.entities)
  const changes = organizationChanges(diff, { desired: direct, current: view.entities }, proofFor)
  const refusal =
    foreignChange(view, principal, changes) ??
    brokenReference(view, changes) ??
    rulesOf(view, changes, head.atMs) ??
    allocationRule(view, [...desired.allocation.values()], removedOf(asks))
  if (refusal !== undefined) return { ok: false, refusal }
  const asked = askForAllocations(view, { id: madeId('request', head.commandId), asks }, head)
  if (!asked.ok) return asked
  const notAsked = foreignRequest(view, principal, asked.changes)
  if (notAsked !== undefined) return { ok: false, refusal: notAsked }
  const whole = organizationDiff(desired, view.entities).filter(
    ({ kind, id }) => kind === 'allocation' && asks.has(id),
  )
  const waiting = asked.waiting.map(({ request, isNew, allocations }) => ({
    request,
    isNew,
    changes: whole.filter(({ id }) => allocations.includes(id)).map((change) => onlyTerms(change, asks)),
  }))
  return { ok: true, changes: [...changes, ...asked.changes], diff, waiting }
}

function asksOfFile(
  desired: DesiredEntities,
  standing: ReadonlyMap<string, Allocation>,
): ReadonlyMap<string, AllocationAsk> {
  const asks = new Map<string, AllocationAsk>()
  for (const [id, before] of standing) {
    const wanted = desired.allocation.get(id)
    if (wanted === undefined) {
      if (desired.authoritative.has('allocation')) asks.set(id, 'removal')
      continue
    }
    const terms = changedTerms(before, wanted)
    if (Object.keys(terms).length > 0) asks.set(id, terms)
  }
  return asks
}

/** The allocations as far as the file may change them by itself. */
function directly(
  desired: DesiredEntities,
  standing: ReadonlyMap<string, Allocation>,
  asks: ReadonlyMap<string, AllocationAsk>,
): ReadonlyMap<string, Allocation> {
  const kept = removedOf(asks).flatMap((id) => {
    const before = standing.get(id)
    return before === undefined ? [] : [[id, before] as const]
  })
  const wanted = [...desired.allocation].map(([id, allocation]) => {
    const before = standing.get(id)
    return [id, before === undefined ? allocation : onStandingTerms(before, allocation)] as const
  })
  return new Map([...wanted, ...kept])
}

function removedOf(asks: ReadonlyMap<string, AllocationAsk>): readonly string[] {
  return [...asks].flatMap(([id, ask]) => (ask === 'removal' ? [id] : []))
}

function problemOfScopes(
  view: OrganizationView,
  wanted: ReadonlyMap<string, Allocation>,
): Refusal | undefined {
  for (const [id, allocation] of wanted) {
    const problem = standingTermsProblem(view, { id, wanted: allocation })
    if (problem !== undefined && problem.code !== 'needs_approval') return problem
  }
  return undefined
}

function foreignChange(
  view: OrganizationView,
  principal: Principal,
  changes: readonly ControlChange[],
): Refusal | undefined {
  const foreign = changes.find((change) => {
    const desired = change.type === 'put' ? change.data : undefined
    return !mayChange(view, principal, { kind: change.kind, id: change.id, desired })
  })
  if (foreign === undefined) return undefined
  const message = `the ${foreign.kind.replaceAll('_', ' ')} "${foreign.id}" is outside of what your roles cover`
  return { code: 'forbidden', message }
}

function foreignRequest(
  view: OrganizationView,
  principal: Principal,
  changes: readonly ControlChange[],
): Refusal | undefined {
  for (const change of changes) {
    if (change.kind !== 'request' || change.type === 'removed') continue
    const { subject: scope } = change.data
    if (may(view, principal, { permission: 'requests.create', scope })) continue
    return { code: 'forbidden', message: `${scope} is outside of what your roles cover` }
  }
  return undefined
}

/** What each limit and allocation is held to when it is put alone; allocations against one another as the file leaves them now. */
function rulesOf(
  view: OrganizationView,
  changes: readonly ControlChange[],
  atMs: number,
): Refusal | undefined {
  for (const change of changes) {
    if (change.kind !== 'limit' || change.type === 'removed') continue
    const problem = limitProblem(view, change.data, atMs)
    if (problem !== undefined) return { ...problem, message: `the limit "${change.id}": ${problem.message}` }
  }
  return allocationRule(
    view,
    changes.flatMap((change) => (change.kind === 'allocation' && change.type === 'put' ? [change.data] : [])),
  )
}

function onlyTerms(change: EntityChange, asks: ReadonlyMap<string, AllocationAsk>): EntityChange {
  const ask = asks.get(change.id)
  if (ask === undefined || ask === 'removal') return change
  return { ...change, fields: change.fields.filter(({ field }) => field in ask) }
}
