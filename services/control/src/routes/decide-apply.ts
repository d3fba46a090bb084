import { organizationChanges, organizationDiff } from '@meterline/contract'
import type { DesiredEntities, EntityChange, SecretProof } from '@meterline/contract'
import {
  allocationProblems,
  approversOf,
  askForAllocations,
  brokenReference,
  holdBack,
  limitProblem,
  scopeTaken,
  standingTermsProblem,
  unknownModels,
  viewWith,
} from '@meterline/domain'
import type {
  ApprovalSide,
  CommandHead,
  ControlChange,
  CreditRequest,
  OrganizationView,
  Principal,
  Refusal,
  Warning,
} from '@meterline/domain'

import { publicWords } from '../command/perform.ts'
import { madeId } from '../log/command-id.ts'
import { foreignChange, foreignRequest } from './apply-permissions.ts'
import { asksOfFile, directly, onlyAsked, wantedChanges } from './asks-of-file.ts'

/** What of a file waits for a request, as the diff has it. */
interface Waiting {
  readonly request: string
  /** Opened by this very command. */
  readonly isNew: boolean
  readonly changes: readonly EntityChange[]
  /** The sides that are missing, with the ids of the people who can take them. */
  readonly approvers: readonly { readonly side: ApprovalSide; readonly users: readonly string[] }[]
}

export type Applied =
  | {
      readonly ok: true
      readonly changes: readonly ControlChange[]
      /** What the changes come to, without what waits. */
      readonly diff: readonly EntityChange[]
      readonly waiting: readonly Waiting[]
      /** What cannot be made before that is approved, and why not. */
      readonly held: readonly { readonly change: EntityChange; readonly why: string }[]
      /** Requests of earlier files that this one puts aside. */
      readonly closed: readonly CreditRequest[]
      /** What the file says that is likely to be a mistake. */
      readonly warnings: readonly Warning[]
    }
  | { readonly ok: false; readonly refusal: Refusal }

/**
 * What it takes to bring the organization to what a file says. The file is held to the rules as a whole, as if all of it were approved.
 * What standing allocations need approval for is not done but asked for, in the same decision; what needs that first is held back, until
 * the file is applied again.
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
  const asks = asksOfFile(desired, view.entities.allocation)
  const direct = { ...desired, allocation: directly(desired, view.entities.allocation, asks) }
  const diff = organizationDiff(direct, view.entities)
  const changes = organizationChanges(diff, { desired: direct, current: view.entities }, proofFor)
  const wanted = wantedChanges(changes, desired, asks)
  const after = viewWith(view, wanted)
  const refusal =
    foreignChange(view, principal, changes) ??
    brokenReference(view, wanted) ??
    problemOfScopes(view, after, desired) ??
    problemOfLimits(after, changes, head.atMs) ??
    allocationProblems(after, after.entities.allocation, [...desired.allocation.keys()])[0]
  if (refusal !== undefined) return { ok: false, refusal: publicWords(refusal) }
  const { now, held } = holdBack(view, changes)
  const asked = desired.authoritative.has('allocation')
    ? askForAllocations(view, { id: madeId('request', head.commandId), asks }, head)
    : NOTHING_ASKED
  if (!asked.ok) return asked
  const notAsked = foreignRequest(view, principal, asked)
  if (notAsked !== undefined) return { ok: false, refusal: notAsked }
  const ofAsked = organizationDiff(desired, view.entities).filter(
    ({ kind, id }) => kind === 'allocation' && asks.has(id),
  )
  const waiting = asked.waiting.map(({ request, isNew, allocations }) => ({
    request: request.id,
    isNew,
    changes: ofAsked.filter(({ id }) => allocations.includes(id)).map((change) => onlyAsked(change, asks)),
    approvers: approversOf(after, request),
  }))
  const isNow = new Set(now.map(nameOf))
  return {
    ok: true,
    changes: [...now, ...asked.changes],
    diff: diff.filter((change) => isNow.has(nameOf(change))),
    waiting,
    held: held.flatMap(({ change, why }) => {
      const shown = diff.find((each) => nameOf(each) === nameOf(change))
      return shown === undefined ? [] : [{ change: shown, why: why.message }]
    }),
    closed: asked.closed,
    warnings: unknownModels(after, {
      model_policy: desired.further.get('model_policy')?.keys() ?? [],
      allocation: desired.allocation.keys(),
    }),
  }
}

const NOTHING_ASKED = { ok: true, changes: [], waiting: [], closed: [] } as const

const nameOf = ({ kind, id }: { readonly kind: string; readonly id: string }): string => `${kind} ${id}`

/** A standing allocation keeps its scope, and a new one has one that nobody has when all is done. */
function problemOfScopes(
  view: OrganizationView,
  after: OrganizationView,
  { allocation: wanted }: DesiredEntities,
): Refusal | undefined {
  for (const [id, allocation] of wanted) {
    const problem = view.entities.allocation.has(id)
      ? standingTermsProblem(view, { id, wanted: allocation })
      : scopeTaken(after, allocation)
    if (problem !== undefined && problem.code !== 'needs_approval') {
      return { ...problem, about: { kind: 'allocation', id } }
    }
  }
  return undefined
}

/** What each limit is held to when it is put alone, among the others as the file has them. */
function problemOfLimits(
  after: OrganizationView,
  changes: readonly ControlChange[],
  atMs: number,
): Refusal | undefined {
  for (const change of changes) {
    if (change.kind !== 'limit' || change.type === 'removed') continue
    const problem = limitProblem(after, change.data, atMs)
    if (problem !== undefined) return { ...problem, about: { kind: 'limit', id: change.id } }
  }
  return undefined
}
