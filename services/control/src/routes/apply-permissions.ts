import { may, mayChange } from '@meterline/domain'
import type { ControlChange, CreditRequest, OrganizationView, Principal, Refusal } from '@meterline/domain'

/** Each change of a file needs the permission that it would need alone. */
export function foreignChange(
  view: OrganizationView,
  principal: Principal,
  changes: readonly ControlChange[],
): Refusal | undefined {
  const foreign = changes.find((change) => {
    const desired = change.type === 'put' ? change.data : undefined
    return !mayChange(view, principal, { kind: change.kind, id: change.id, desired })
  })
  if (foreign === undefined) return undefined
  const { kind, id } = foreign
  const message = `the ${kind.replaceAll('_', ' ')} "${id}" is outside of what your roles cover`
  return { code: 'forbidden', message, about: { kind, id } }
}

/** Whoever asks may ask for that; a request that somebody else's file opened is put aside by whoever may set allocations alone. */
export function foreignRequest(
  view: OrganizationView,
  principal: Principal,
  asked: {
    readonly waiting: readonly { readonly request: CreditRequest; readonly isNew: boolean }[]
    readonly closed: readonly CreditRequest[]
  },
): Refusal | undefined {
  for (const { request, isNew } of asked.waiting) {
    if (!isNew || may(view, principal, { permission: 'requests.create', scope: request.subject })) continue
    return { code: 'forbidden', message: `${request.subject} is outside of what your roles cover` }
  }
  const { actor } = principal
  const foreign = asked.closed.find(
    ({ requested_by: by, subject: scope }) =>
      by !== actor && !may(view, principal, { permission: 'allocations.write', scope }),
  )
  if (foreign === undefined) return undefined
  const message =
    `the request "${foreign.id}", which ${foreign.requested_by} opened with another file, still waits; ` +
    'it has to be withdrawn by them, declined by an approver, or superseded by an admin first'
  return { code: 'conflict', message }
}
