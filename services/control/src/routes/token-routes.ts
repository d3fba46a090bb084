import { mintSecret, RESOURCES } from '@meterline/contract'
import { mayChange } from '@meterline/domain'

import { assertVersion } from '../command/expected-version.ts'
import { perform } from '../command/perform.ts'
import type { Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'
import { entityAnswer } from './entity-answer.ts'

/** Tokens of machines. A new one comes about by PUT, and its secret is in that answer, once. */
export const tokenRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/tokens/:id/rotate',
    access: 'people.write',
    summary: 'Give a service token another secret; the former one ends at once',
    handle: async (call) => {
      const { control, params, expected, principal } = call
      const { id = '' } = params
      const { secret, proof } = mintSecret()
      const { changes } = await perform(call, (view) => {
        assertVersion(control.log.versions, { kind: 'service_token', id }, expected)
        const token = view.entities.service_token.get(id)
        if (token === undefined) {
          return { ok: false, refusal: { code: 'not_found', message: `there is no service token "${id}"` } }
        }
        if (!mayChange(view, principal, { kind: 'service_token', id })) {
          return {
            ok: false,
            refusal: { code: 'forbidden', message: 'service tokens are a matter of the whole organization' },
          }
        }
        return {
          ok: true,
          changes: [{ kind: 'service_token', id, type: 'put', data: { ...token, ...proof } }],
        }
      })
      const answer = entityAnswer(control, RESOURCES.service_token, id)
      return changes.length > 0 ? { ...answer, secret } : answer
    },
  }),
]
