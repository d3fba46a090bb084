import { RESOURCES } from '@meterline/contract'
import type { ActionRun, GatewayRule } from '@meterline/domain'
import { z } from 'zod'

import { ActionError } from './action-error.ts'
import type { JsonApi } from './json-api.ts'
import { segment } from './params.ts'

const CONFLICT = 409
const NOT_FOUND = 404
const versioned = z.looseObject({ version: z.int() })
const rotated = z.looseObject({ secret: z.string().optional() })
const key = z.looseObject({ data: z.looseObject({ status: z.string() }) })

/** What the action runner needs of the control service. Each command may be sent twice. */
export interface ControlClient {
  /** Writes a run. `expected`: its version, `none` for one that must not be there; `undefined` when it stands at another one. */
  putRun(run: ActionRun, expected: number | 'none'): Promise<number | undefined>
  /** A run as it stands, and its version. */
  getRun(id: string): Promise<{ readonly run: ActionRun; readonly version: number } | undefined>
  putRule(rule: GatewayRule): Promise<void>
  /** Nothing happens where it is gone already. */
  removeRule(kind: GatewayRule['kind'], id: string): Promise<void>
  keyStatus(id: string): Promise<string>
  setKeyStatus(id: string, verb: 'disable' | 'enable', idempotencyKey: string): Promise<void>
  /** `undefined` when this command was carried out before: its secret was in that answer. */
  rotateKey(id: string, idempotencyKey: string): Promise<string | undefined>
}

export function createControlClient(api: JsonApi): ControlClient {
  const runs = `/v1/${RESOURCES.action_run.path}`
  return {
    async putRun(run, expected) {
      const headers: Record<string, string> =
        expected === 'none' ? { 'if-none-match': '*' } : { 'if-match': `"${expected}"` }
      const path = `${runs}/${segment(run.id)}`
      const body = RESOURCES.action_run.toEntry(run)
      const answer = await api.call({ method: 'PUT', path, body, headers }, [CONFLICT])
      return answer.status === CONFLICT ? undefined : versioned.parse(answer.body).version
    },
    async getRun(id) {
      const answer = await api.call({ method: 'GET', path: `${runs}/${segment(id)}` }, [NOT_FOUND])
      if (answer.status === NOT_FOUND) return undefined
      const { version, data } = versioned
        .extend({ data: z.record(z.string(), z.unknown()) })
        .parse(answer.body)
      return { run: RESOURCES.action_run.toEntity(data), version }
    },
    async putRule({ kind, id, data }) {
      const [path, body] =
        kind === 'block'
          ? [RESOURCES.block.path, RESOURCES.block.toEntry(data)]
          : [RESOURCES.rate_rule.path, RESOURCES.rate_rule.toEntry(data)]
      await api.call({ method: 'PUT', path: `/v1/${path}/${segment(id)}`, body })
    },
    async removeRule(kind, id) {
      await api.call({ method: 'DELETE', path: `/v1/${RESOURCES[kind].path}/${segment(id)}` }, [NOT_FOUND])
    },
    async keyStatus(id) {
      const answer = await api.call({ method: 'GET', path: `/v1/keys/${segment(id)}` }, [NOT_FOUND])
      if (answer.status === NOT_FOUND) {
        throw new ActionError('no_such_key', `there is no key ${id}`, { retryable: false })
      }
      return key.parse(answer.body).data.status
    },
    async setKeyStatus(id, verb, idempotencyKey) {
      const headers = { 'idempotency-key': idempotencyKey }
      await api.call({ method: 'POST', path: `/v1/keys/${segment(id)}/${verb}`, headers })
    },
    async rotateKey(id, idempotencyKey) {
      const headers = { 'idempotency-key': idempotencyKey }
      const path = `/v1/keys/${segment(id)}/rotate`
      return rotated.parse((await api.call({ method: 'POST', path, body: {}, headers })).body).secret
    },
  }
}
