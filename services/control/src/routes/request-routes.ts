import { allocationTerms, creditAmount, microOf, RESOURCES, termsOf } from '@meterline/contract'
import {
  approveRequest,
  declineRequest,
  may,
  maySee,
  submitRequest,
  withdrawRequest,
} from '@meterline/domain'
import type { CommandHead, Decision, OrganizationView } from '@meterline/domain'
import { z } from 'zod'

import { perform } from '../command/perform.ts'
import { madeId } from '../log/command-id.ts'
import { momentMs, name, prose, scope } from '../routing/fields.ts'
import type { Access, Call, Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'
import { entityAnswer, notFound } from './entity-answer.ts'

const submitted = z.strictObject({
  id: name.optional(),
  kind: z.enum(['boost', 'allocation_change', 'top_up', 'reserve_draw']),
  /** The user, key or allocation the credits are for. */
  subject: scope,
  credits: creditAmount.default(0),
  /** Of an allocation change: the monthly credits that each allocation shall have. */
  allocations: z.record(z.string(), creditAmount).optional(),
  /** Of an allocation change: its reserve, its rollover, its hard cap. */
  allocation_terms: z.record(z.string(), allocationTerms).optional(),
  /** Of an allocation change: those that shall be no more. */
  removed_allocations: z.array(name).optional(),
  description: prose,
  answer_by: momentMs.optional(),
  ends_at: momentMs.nullable().optional(),
  incident: name.optional(),
})
const approved = z.strictObject({
  note: z.string().max(2_000).default(''),
  side: z.enum(['finance', 'engineering', 'owner']).optional(),
  ends_at: momentMs.optional(),
})

/** Asking for credits, and the answer. Who may answer what, and that nobody answers the own request, stands in the domain. */
export const requestRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/requests',
    access: 'requests.create',
    summary: 'Ask for credits',
    body: submitted,
    status: 201,
    handle: async (call) => {
      const { body, principal, control } = call
      const { commandId } = await perform(call, (view, head) => {
        if (!may(view, principal, { permission: 'requests.create', scope: body.subject })) {
          const message = `${body.subject} is outside of what your roles cover`
          return { ok: false, refusal: { code: 'forbidden', field: 'subject', message } }
        }
        return submitRequest(
          view,
          { ...inputOf(body), id: body.id ?? madeId('request', head.commandId) },
          head,
        )
      })
      return entityAnswer(control, RESOURCES.request, body.id ?? madeId('request', commandId))
    },
  }),
  answerRoute({
    verb: 'approve',
    access: 'requests.answer',
    summary: 'Say yes for one side; with the last side that was missing, it is carried out',
    body: approved,
    decide: ({ control, body, view, head, id: request }) => {
      const { ends_at: ends_at_ms, side, note } = body
      const input = {
        request,
        note,
        ...(side === undefined ? {} : { side }),
        ...(ends_at_ms === undefined ? {} : { ends_at_ms }),
      }
      return approveRequest(view, { input, totals: control.totals }, head)
    },
  }),
  answerRoute({
    verb: 'decline',
    access: 'requests.answer',
    summary: 'Say no, with the reason',
    body: z.strictObject({ reason: prose }),
    decide: ({ view, head, id, body }) => declineRequest(view, { request: id, reason: body.reason }, head),
  }),
  answerRoute({
    verb: 'withdraw',
    access: 'requests.create',
    summary: 'Take the own request back',
    body: z.strictObject({}),
    decide: ({ view, head, id }) => withdrawRequest(view, { request: id }, head),
  }),
]

function inputOf(body: z.output<typeof submitted>) {
  const { kind, subject, description, credits, allocations, answer_by, ends_at, incident } = body
  const { allocation_terms: terms, removed_allocations } = body
  const sums = Object.entries(allocations ?? {}).map(([id, sum]) => [id, microOf(sum)] as const)
  const others = Object.entries(terms ?? {}).map(([id, entry]) => [id, termsOf(entry)] as const)
  return {
    kind,
    subject,
    description,
    credits_micro: microOf(credits),
    ...(allocations === undefined ? {} : { allocations: Object.fromEntries(sums) }),
    ...(terms === undefined ? {} : { allocation_terms: Object.fromEntries(others) }),
    ...(removed_allocations === undefined ? {} : { removed_allocations }),
    ...(answer_by === undefined ? {} : { answer_by_ms: answer_by }),
    ...(ends_at === undefined ? {} : { ends_at_ms: ends_at }),
    ...(incident === undefined ? {} : { incident }),
  }
}

function answerRoute<B extends z.ZodType>(of: {
  readonly verb: string
  readonly access: Access
  readonly summary: string
  readonly body: B
  readonly decide: (
    given: Call<z.output<B>, unknown> & {
      readonly id: string
      readonly view: OrganizationView
      readonly head: CommandHead
    },
  ) => Decision
}): Route {
  return route<B>({
    method: 'POST',
    path: `/v1/requests/:id/${of.verb}`,
    access: of.access,
    summary: of.summary,
    body: of.body,
    handle: async (call) => {
      const { control, params, principal } = call
      const { id = '' } = params
      const request = control.log.view.entities.request.get(id)
      const isSeen =
        request !== undefined &&
        (request.requested_by === principal.actor ||
          maySee(control.log.view, principal, { kind: 'request', entity: request }))
      if (!isSeen) throw notFound('request', id)
      await perform(call, (view, head) => of.decide({ ...call, id, view, head }))
      return entityAnswer(control, RESOURCES.request, id)
    },
  })
}
