import { mintSecret, RESOURCES } from '@meterline/contract'
import { existingScopes, may, rotateKey, setKeyStatus } from '@meterline/domain'
import type { ApiKey, Decision, OrganizationView, Permission, Principal } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import { z } from 'zod'

import { assertVersion } from '../command/expected-version.ts'
import { perform } from '../command/perform.ts'
import { madeId } from '../log/command-id.ts'
import { parsed } from '../routing/parsed.ts'
import type { Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'
import { decidePut } from './decide-put.ts'
import { entityAnswer } from './entity-answer.ts'

const DEFAULT_OVERLAP_SECONDS = 86_400
const MAX_OVERLAP_SECONDS = 30 * 86_400
const MS_PER_SECOND = 1_000

const issued = z.looseObject({
  /** In place of `expires_at`: from now on. */
  lifetime_seconds: z
    .number()
    .positive()
    .max(Number.MAX_SAFE_INTEGER / MS_PER_SECOND)
    .optional(),
})
const overlap = z.strictObject({
  overlap_seconds: z.number().min(0).max(MAX_OVERLAP_SECONDS).default(DEFAULT_OVERLAP_SECONDS),
})

/** What is done to a key beyond putting its entry. A secret is in the answer to the command that made it, and nowhere else. */
export const keyRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/keys',
    access: 'keys.write',
    summary: 'Issue a key; its secret is in this answer, once',
    body: issued,
    documentedBody: RESOURCES.api_key.entry,
    status: 201,
    handle: async (call) => {
      const { control, principal } = call
      const { lifetime_seconds: lifetime, ...stated } = call.body
      const { secret, proof } = mintSecret()
      const { commandId, changes } = await perform(call, (view, head) => {
        const { commandId: id, atMs } = head
        const expires_at =
          lifetime === undefined
            ? {}
            : { expires_at: new Date(atMs + lifetime * MS_PER_SECOND).toISOString() }
        const entry = parsed(RESOURCES.api_key.entry, { id: madeId('key', id), ...stated, ...expires_at })
        const keyId = String(entry['id'])
        if (view.entities.api_key.has(keyId)) {
          throw new ApiError(409, 'already_exists', `there is a key "${keyId}" already`, { field: 'id' })
        }
        return decidePut(view, { resource: RESOURCES.api_key, id: keyId, entry, principal, proof }, head)
      })
      const id = typeof stated['id'] === 'string' ? stated['id'] : madeId('key', commandId)
      const answer = entityAnswer(control, RESOURCES.api_key, id)
      return changes.length > 0 ? { ...answer, secret } : answer
    },
  }),
  route({
    method: 'POST',
    path: '/v1/keys/:id/rotate',
    access: 'keys.write',
    summary: 'Give a key another secret; the former one works on for the overlap',
    body: overlap,
    handle: async (call) => {
      const { control, params, expected, principal, body } = call
      const { id = '' } = params
      const { secret, proof } = mintSecret()
      const { changes } = await perform(call, (view, head) => {
        assertVersion(control.log.versions, { kind: 'api_key', id }, expected)
        const overlapMs = Math.round(body.overlap_seconds * MS_PER_SECOND)
        return (
          refusedFor(view, { id, principal, permission: 'keys.write' }) ??
          rotateKey(view, { id, secret: proof, overlapMs }, head)
        )
      })
      const answer = entityAnswer(control, RESOURCES.api_key, id)
      return changes.length > 0 ? { ...answer, secret } : answer
    },
  }),
  statusRoute('disable', 'disabled', 'keys.stop', 'Stop a key until it is enabled again'),
  statusRoute('enable', 'active', 'keys.write', 'Let a disabled key work again'),
  statusRoute('revoke', 'revoked', 'keys.stop', 'End a key for ever, its former secret too'),
]

function statusRoute(verb: string, status: ApiKey['status'], permission: Permission, summary: string): Route {
  return route({
    method: 'POST',
    path: `/v1/keys/:id/${verb}`,
    access: permission,
    summary,
    handle: async (call) => {
      const { control, params, expected, principal } = call
      const { id = '' } = params
      await perform(call, (view) => {
        assertVersion(control.log.versions, { kind: 'api_key', id }, expected)
        return refusedFor(view, { id, principal, permission }) ?? setKeyStatus(view, { id, status })
      })
      return entityAnswer(control, RESOURCES.api_key, id)
    },
  })
}

function refusedFor(
  view: OrganizationView,
  {
    id,
    principal,
    permission,
  }: { readonly id: string; readonly principal: Principal; readonly permission: Permission },
): Decision | undefined {
  const key = view.entities.api_key.get(id)
  if (key === undefined) return undefined
  const isTheirs = existingScopes(view, 'api_key', key).every((scope) =>
    may(view, principal, { permission, scope }),
  )
  if (isTheirs) return undefined
  const message = `the key "${id}" is outside of what your roles cover`
  return { ok: false, refusal: { code: 'forbidden', message } }
}
