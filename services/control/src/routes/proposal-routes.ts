import { creditAmount, creditsOf, microOf } from '@meterline/contract'
import { changesOf, maySee, proposeAllocations } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import { z } from 'zod'

import { name } from '../routing/fields.ts'
import type { Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'

const MAX_ALLOCATIONS = 1_000
const amount = z.number().min(0).max(9_000_000_000)

const simpleMethods = [
  z.strictObject({ method: z.literal('flat') }),
  z.strictObject({
    method: z.literal('usage_weighted'),
    /** What each has spent in a past span, and the growth expected of it: 1.1 is 10 % more. */
    usage: z
      .record(
        name,
        z.strictObject({ credits: creditAmount, growth: z.number().positive().max(1_000).default(1) }),
      )
      .transform((usage) =>
        Object.fromEntries(
          Object.entries(usage).map(([id, { credits, growth }]) => [
            id,
            { credits_micro: microOf(credits), growth },
          ]),
        ),
      ),
  }),
  z
    .strictObject({
      method: z.literal('business_value'),
      /** Projected revenue or savings, in any one unit. */
      value: z.record(name, amount),
    })
    .transform(({ method, value }) => ({
      method,
      value_micro: Object.fromEntries(Object.entries(value).map(([id, worth]) => [id, microOf(worth)])),
    })),
] as const
const simple = z.union(simpleMethods)
const proposal = z.strictObject({
  total_credits: creditAmount,
  allocations: z.array(name).min(1).max(MAX_ALLOCATIONS),
  by: z.union(
    [
      ...simpleMethods,
      z.strictObject({ method: z.literal('hybrid'), central_share: z.number().min(0).max(1), rest: simple }),
    ],
    {
      error:
        'a method with its figures: flat; usage_weighted with usage; business_value with value; hybrid with central_share (0 to 1) and rest',
    },
  ),
})

/** How a monthly sum could be split. Nothing is changed by it: its `allocations` go into an `allocation_change` request. */
export const proposalRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/proposals',
    access: 'credits.read',
    summary: 'Split a monthly sum over allocations by a method, and show the numbers',
    body: proposal,
    handle: ({ control, principal, body }) => {
      const { view } = control.log
      for (const id of body.allocations) {
        const allocation = view.entities.allocation.get(id)
        if (
          allocation === undefined ||
          !maySee(view, principal, { kind: 'allocation', entity: allocation })
        ) {
          throw new ApiError(422, 'unknown_reference', `there is no allocation "${id}"`, {
            field: 'allocations',
          })
        }
      }
      const made = proposeAllocations(body.by, {
        totalMicro: microOf(body.total_credits),
        allocations: body.allocations,
      })
      const sums = Object.entries(changesOf(made)).map(([id, micro]) => [id, creditsOf(micro)] as const)
      return {
        method: made.method,
        total_credits: creditsOf(made.total_micro),
        central_credits: creditsOf(made.central_micro),
        proposed: made.allocations.map(({ allocation, weight, share, monthly_credits_micro: micro }) => ({
          allocation,
          weight: methodOf(body.by) === 'flat' ? weight : creditsOf(weight),
          share,
          now_credits: creditsOf(view.entities.allocation.get(allocation)?.monthly_credits_micro ?? 0),
          monthly_credits: creditsOf(micro),
        })),
        allocations: Object.fromEntries(sums),
      }
    },
  }),
]

/** The method that the weights are of. */
function methodOf(by: z.output<typeof proposal>['by']): string {
  return by.method === 'hybrid' ? by.rest.method : by.method
}
