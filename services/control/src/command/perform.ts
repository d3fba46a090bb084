import { publicName } from '@meterline/contract'
import type { CommandHead, ControlChange, Decision, OrganizationView, Refusal } from '@meterline/domain'
import { ApiError } from '@meterline/http'

import { keyedCommandId, unkeyedCommandId } from '../log/command-id.ts'
import type { Call } from '../routing/route.ts'

const IDEMPOTENCY_KEY = /^[\x21-\x7E]{1,128}$/

export interface Performed {
  readonly commandId: string
  /** Empty when there was nothing to change, and when the command was carried out before. */
  readonly changes: readonly ControlChange[]
  readonly isRepeated: boolean
}

/** Carries out what a request asks for; throws `ApiError` when it is refused. A repeated command is not carried out again. */
export async function perform(
  call: Call<unknown, unknown>,
  decide: (view: OrganizationView, head: CommandHead) => Decision,
): Promise<Performed> {
  const { control, principal, reply } = call
  const { events } = control
  const act = `${call.request.method} ${call.request.routeOptions.url ?? ''}`
  const startedMs = performance.now()
  const commandId = commandIdOf(call)
  const outcome = await control.log.run({ commandId, actor: principal.actor, decide })
  switch (outcome.kind) {
    case 'done': {
      const durationMs = performance.now() - startedMs
      events.commandDone({ actor: principal.actor, act, changes: outcome.changes.length, durationMs })
      return { commandId, changes: outcome.changes, isRepeated: false }
    }
    case 'repeated':
      reply.header('idempotent-replayed', 'true')
      return { commandId, changes: [], isRepeated: true }
    case 'key_taken':
      throw new ApiError(422, 'idempotency_key_reused', 'this Idempotency-Key was used for another request', {
        hint: 'take a new key for each command',
      })
    case 'refused':
      events.commandRefused({ actor: principal.actor, act, code: outcome.refusal.code })
      throw refusalAnswer(outcome.refusal)
  }
}

function commandIdOf({ request, principal }: Call<unknown, unknown>): string {
  const idempotencyKey = request.headers['idempotency-key']
  if (idempotencyKey === undefined) return unkeyedCommandId()
  if (typeof idempotencyKey !== 'string' || !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    throw new ApiError(400, 'invalid_field', 'an Idempotency-Key is 1 to 128 visible ASCII characters')
  }
  const { method, url: path, body } = request
  return keyedCommandId({ actor: principal.actor, idempotencyKey, method, path, body })
}

const STATUS_OF_REFUSAL: Readonly<Record<string, number>> = {
  not_found: 404,
  forbidden: 403,
  separation_of_duties: 403,
  not_an_approver: 403,
  not_the_requester: 403,
  wrong_state: 409,
  conflict: 409,
  already_corrected: 409,
  version_conflict: 409,
  already_exists: 409,
  still_in_use: 409,
  key_revoked: 409,
}

/** What is refused for a reason of its own is 422: well-formed, and against the rules as things stand. */
export function refusalAnswer(refusal: Refusal): ApiError {
  const { code, message, field, hint } = publicWords(refusal)
  return new ApiError(STATUS_OF_REFUSAL[code] ?? 422, code, message, { field, hint })
}

/** The core names fields as the log has them. */
export function publicWords(refusal: Refusal): Refusal {
  return refusal.field === undefined ? refusal : { ...refusal, field: publicName(refusal.field) }
}
