import { creditsOf, microOf, RESOURCES } from '@meterline/contract'
import { balanceOf, correctEntry, grantCredits, mayChange, maySee } from '@meterline/domain'
import type { AllocationBalance } from '@meterline/domain'
import { z } from 'zod'

import { perform } from '../command/perform.ts'
import { madeId } from '../log/command-id.ts'
import { momentMs, name, positiveCredits, prose } from '../routing/fields.ts'
import type { Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'
import { entityAnswer, notFound } from './entity-answer.ts'

const granted = z.strictObject({
  id: name.optional(),
  kind: z.enum(['purchase', 'top_up', 'promotion']).default('purchase'),
  credits: positiveCredits,
  /** The lowest is drawn first. */
  priority: z.int().min(0).max(1_000_000).default(100),
  expires_at: momentMs.nullable().default(null),
  reference: z.string().max(200).default(''),
})

const WHOLE_ONLY = 'the pool of credits is a matter of the whole organization'

/** Credits: into a pool, back out by a correction, and how an allocation stands. */
export const creditRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/pools/:id/grants',
    access: 'credits.write',
    summary: 'Put credits into a pool',
    body: granted,
    status: 201,
    handle: async (call) => {
      const { body, principal, params } = call
      const { id: pool = '' } = params
      const { commandId } = await perform(call, (view, head) => {
        if (view.entities.pool.has(pool) && !mayChange(view, principal, { kind: 'pool', id: pool })) {
          return { ok: false, refusal: { code: 'forbidden', message: WHOLE_ONLY } }
        }
        const { id = madeId('grant', head.commandId), credits, expires_at, ...rest } = body
        const grant = { ...rest, id, pool, credits_micro: microOf(credits), expires_at_ms: expires_at }
        return grantCredits(view, grant, head)
      })
      return entityAnswer(call.control, RESOURCES.grant, body.id ?? madeId('grant', commandId))
    },
  }),
  route({
    method: 'POST',
    path: '/v1/ledger/:id/correct',
    access: 'credits.write',
    summary: 'Take an entry back by its opposite',
    body: z.strictObject({ reason: prose }),
    status: 201,
    handle: async (call) => {
      const { body, principal, params } = call
      const { id = '' } = params
      await perform(call, (view, head) => {
        const isTheirs =
          !view.entities.ledger_entry.has(id) || mayChange(view, principal, { kind: 'ledger_entry', id })
        if (!isTheirs) return { ok: false, refusal: { code: 'forbidden', message: WHOLE_ONLY } }
        return correctEntry(view, { entry: id, reason: body.reason }, head)
      })
      return entityAnswer(call.control, RESOURCES.ledger_entry, `correction:${id}`)
    },
  }),
  route({
    method: 'GET',
    path: '/v1/allocations/:id/balance',
    access: 'credits.read',
    summary: 'What an allocation may spend this month, and what is left',
    handle: ({ control, principal, params: { id = '' } }) => {
      const { view } = control.log
      const allocation = view.entities.allocation.get(id)
      if (allocation === undefined || !maySee(view, principal, { kind: 'allocation', entity: allocation })) {
        throw notFound('allocation', id)
      }
      return balanceAnswer(balanceOf(view, { spend: control.totals, allocation }, control.nowMs()))
    },
  }),
]

function balanceAnswer(balance: AllocationBalance): object {
  const caps = { soft: balance.soft_cap_micro, hard: balance.hard_cap_micro }
  return {
    allocation: balance.allocation,
    period: balance.period,
    basis: balance.basis,
    limit_credits: creditsOf(balance.limit_micro),
    spent_credits: creditsOf(balance.spent_micro),
    balance_credits: creditsOf(balance.balance_micro),
    reserve_credits: creditsOf(balance.reserve_micro),
    temporary_credits: creditsOf(balance.temporary_micro),
    soft_cap_credits: caps.soft === null ? null : creditsOf(caps.soft),
    hard_cap_credits: caps.hard === null ? null : creditsOf(caps.hard),
    hard_cap_reached: balance.hard_cap_reached,
  }
}
