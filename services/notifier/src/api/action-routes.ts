import { ACTION_TYPES, may, SCOPE_KINDS, targetOf } from '@meterline/domain'
import type { ActionRun, OrganizationView, ScopeId } from '@meterline/domain'
import { ApiError, parsed } from '@meterline/http'
import type { FastifyRequest } from 'fastify'
import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'

import type { ActionRunner } from '../actions/action-runner.ts'
import type { ControlClient } from '../actions/control-client.ts'
import type { EndedRun } from '../actions/run-action.ts'
import type { AtWork } from '../work/at-work.ts'
import { allowed } from './allowed.ts'
import { authenticate } from './authenticate.ts'
import type { KnownCredentials } from './authenticate.ts'
import type { Route } from './route.ts'

export interface ActionsApi {
  readonly view: OrganizationView
  readonly credentials: KnownCredentials
  readonly runner: ActionRunner
  readonly control: ControlClient
  /** Throws `ApiError` 503 where another notifier is at work. */
  readonly work: () => AtWork
  readonly nowMs: () => number
}

const RUN_TIMEOUT_MS = 20_000
const MAX_LISTED = 1_000
const byId = z.object({ id: z.string().min(1).max(128) })
const scope = z.custom<ScopeId>(
  (value) => typeof value === 'string' && SCOPE_KINDS.some((kind) => value.startsWith(`${kind}:`)),
  'a scope is "<kind>:<id>"',
)
const wanted = z.strictObject({
  type: z.enum(ACTION_TYPES),
  scope,
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  dry_run: z.boolean().default(true),
})
const runBody = z.strictObject({ dry_run: z.boolean().optional() }).default({})

/** Actions by people: asked for, let run, taken back. Every change is a version of the run in the control log. */
export function actionRoutes(api: ActionsApi): readonly Route[] {
  const { view, credentials, control, runner } = api
  const allow = (request: FastifyRequest, of: ScopeId) =>
    allowed(request, credentials, { permission: 'actions.write', scope: of })
  const standing = async (request: FastifyRequest) => {
    api.work()
    const { id } = parsed(byId, request.params)
    const found = await control.getRun(id)
    if (found === undefined) throw new ApiError(404, 'not_found', `there is no action ${id}`)
    const principal = await allow(request, found.run.scope)
    return { ...found, principal }
  }
  const carriedOut = async (run: ActionRun, version: number) => {
    if ((await control.putRun(run, version)) === undefined) {
      throw new ApiError(409, 'version_conflict', `the action ${run.id} was changed meanwhile; look again`)
    }
    return answerOf(await runner.runNow(run.id, RUN_TIMEOUT_MS), run)
  }

  return [
    {
      method: 'GET',
      path: '/v1/actions',
      permission: 'actions.read',
      summary: 'Actions that you may see, the newest first',
      async handle(request) {
        const { authorization, cookie } = request.headers
        const principal = await authenticate({ authorization, cookie }, credentials)
        const runs = [...view.entities.action_run.values()]
          .filter((run) => may(view, principal, { permission: 'actions.read', scope: run.scope }))
          .sort((a, b) => b.started_at_ms - a.started_at_ms)
          .slice(0, MAX_LISTED)
        return { actions: runs }
      },
    },
    {
      method: 'POST',
      path: '/v1/actions',
      permission: 'actions.write',
      summary: 'Plan an action: nothing is done yet',
      body: wanted,
      status: 201,
      async handle(request) {
        api.work()
        const { type, params, dry_run, ...of } = parsed(wanted, request.body)
        const principal = await allow(request, of.scope)
        const run: ActionRun = {
          id: newId(request.headers['idempotency-key'], principal.actor),
          type,
          target: targetOf(type, params['provider']),
          scope: of.scope,
          params,
          alert_id: null,
          dry_run,
          state: 'planned',
          approved_by: null,
          result: '',
          started_at_ms: api.nowMs(),
          undo: null,
        }
        // Asked for twice under one key it is the same run.
        await control.putRun(run, 'none')
        const kept = await control.getRun(run.id)
        return { action: kept?.run ?? run }
      },
    },
    {
      method: 'POST',
      path: '/v1/actions/:id/run',
      permission: 'actions.write',
      summary: 'Let an action run, once, as a trial or in earnest',
      body: runBody,
      async handle(request) {
        const { run, version, principal } = await standing(request)
        const { dry_run = run.dry_run } = parsed(runBody, request.body ?? {})
        const isOpen =
          run.state === 'planned' || run.state === 'failed' || (run.state === 'done' && run.dry_run)
        if (!isOpen) throw new ApiError(409, 'not_open', `the action ${run.id} is ${run.state}`)
        return carriedOut({ ...run, state: 'approved', approved_by: principal.actor, dry_run }, version)
      },
    },
    {
      method: 'POST',
      path: '/v1/actions/:id/undo',
      permission: 'actions.write',
      summary: 'Take an action back',
      async handle(request) {
        const { run, version } = await standing(request)
        const isDone = run.state === 'done' || run.state === 'failed'
        if (!isDone || run.undo === null) {
          throw new ApiError(
            409,
            'nothing_to_undo',
            `the action ${run.id} is ${run.state}, with nothing to undo`,
          )
        }
        return carriedOut({ ...run, state: 'undoing' }, version)
      },
    },
  ]
}

/** The run as it ended, and a secret that is shown this once; or the run as it was approved, which goes on. */
function answerOf(ended: EndedRun | undefined, approved: ActionRun): object {
  const secret = ended?.secret === undefined ? {} : { secret: ended.secret }
  return { action: ended?.run ?? approved, ended: ended !== undefined, ...secret }
}

function newId(idempotencyKey: string | string[] | undefined, actor: string): string {
  if (typeof idempotencyKey !== 'string') return `act-${randomUUID()}`
  const text = JSON.stringify([actor, idempotencyKey])
  return `act-${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
}
