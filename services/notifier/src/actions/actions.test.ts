import { createOrganizationView } from '@meterline/domain'
import type { ActionRun } from '@meterline/domain'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import {
  ANTHROPIC_ADMIN_KEY,
  startAnthropicStandIn,
} from '../../../../test/support/providers/anthropic-admin.ts'
import type { AnthropicStandIn } from '../../../../test/support/providers/anthropic-admin.ts'
import { OPENAI_ADMIN_KEY, startOpenAiStandIn } from '../../../../test/support/providers/openai-admin.ts'
import type { OpenAiStandIn } from '../../../../test/support/providers/openai-admin.ts'
import { startStandIn } from '../../../../test/support/providers/stand-in.ts'
import type { StandIn } from '../../../../test/support/providers/stand-in.ts'
import { createOutgoingClient } from '../outgoing/outgoing-client.ts'
import type { OutgoingClient } from '../outgoing/outgoing-client.ts'
import { startControlStandIn } from '../testing/control-stand-in.ts'
import type { ControlStandIn } from '../testing/control-stand-in.ts'
import { sampleAlert } from '../testing/sample-alert.ts'
import { createControlClient } from './control-client.ts'
import { executorOf } from './executors-of.ts'
import type { ExecutorParts } from './executor-parts.ts'
import { createJsonApi } from './json-api.ts'
import { runAction } from './run-action.ts'
import type { ActionStep } from './run-action.ts'

let client: OutgoingClient
let control: ControlStandIn
let openAi: OpenAiStandIn
let anthropic: AnthropicStandIn
let tracker: StandIn
let issues: { number: number; state: string; labels: readonly string[]; title: string }[]

beforeEach(async () => {
  client = createOutgoingClient({ allowPrivate: true, attemptTimeoutMs: 1_000 })
  control = await startControlStandIn()
  openAi = await startOpenAiStandIn({ lagReads: 2 })
  anthropic = await startAnthropicStandIn({ lagReads: 2, maxPage: 2 })
  issues = []
  tracker = await startStandIn(({ method, query, body }) => {
    if (method === 'GET') {
      const label = query.get('labels') ?? ''
      return { status: 200, body: issues.filter(({ labels }) => labels.includes(label)) }
    }
    if (method === 'PATCH') {
      for (const issue of issues) issue.state = String(body['state'])
      return { status: 200, body: {} }
    }
    const labels = body['labels'] as string[]
    const issue = { number: issues.length + 1, state: 'open', labels, title: String(body['title']) }
    issues.push(issue)
    return { status: 201, body: issue }
  })
})
afterEach(async () => {
  await client.close()
  for (const each of [control, openAi, anthropic, tracker]) await each.close()
})

function partsOf(keys = { openAi: OPENAI_ADMIN_KEY, anthropic: ANTHROPIC_ADMIN_KEY }): ExecutorParts {
  const { signal } = new AbortController()
  const common = { client, signal, nowMs: () => Date.now() }
  return {
    ...common,
    control: createControlClient(
      createJsonApi({ ...common, name: 'control', baseUrl: control.url, headers: {} }),
    ),
    view: createOrganizationView(),
    clickhouse: undefined,
    settings: {
      openAi: { adminKey: keys.openAi, baseUrl: openAi.url },
      anthropic: { adminKey: keys.anthropic, baseUrl: anthropic.url },
      ticket: {
        kind: 'github',
        url: tracker.url,
        project: 'acme/spend',
        issueType: 'Task',
        user: undefined,
        token: 'token',
      },
      lookPauseMs: 5,
    },
  }
}

function approved(changes: Partial<ActionRun>): ActionRun {
  return {
    id: 'act-1',
    type: 'rate_limit',
    target: 'gateway',
    scope: 'team:payments',
    params: {},
    alert_id: sampleAlert().id,
    dry_run: false,
    state: 'approved',
    approved_by: 'user:lead',
    result: '',
    started_at_ms: Date.UTC(2026, 10, 21),
    undo: null,
    ...changes,
  }
}

class Crash extends Error {}

async function carryOut(options: { crashAt?: ActionStep; parts?: ExecutorParts } = {}) {
  const parts = options.parts ?? partsOf()
  return runAction('act-1', {
    control: parts.control,
    executorOf: (run) => executorOf(run, parts),
    alertOf: () => sampleAlert(),
    onStep: (step) => {
      if (step === options.crashAt) throw new Crash(step)
    },
  })
}

async function undo() {
  const run = control.run('act-1')
  if (run === undefined) throw new Error('there is no run')
  control.put({ ...run, state: 'undoing' })
  return carryOut()
}

const PROJECT = { project_id: 'proj_1' }
const limit = () => openAi.rateLimits.get('rl-gpt-5')?.real.max_requests_per_1_minute
const statuses = () => [...anthropic.statuses.values()].map(({ real }) => real).join(' ')
const rules = () => [...control.entities.keys()].filter((name) => /rate|block/.test(name)).length
const EVERY = 'active active active active inactive active active active active active active active'

interface Case {
  readonly name: string
  readonly run: Partial<ActionRun>
  readonly state: () => unknown
  readonly before: unknown
  readonly after: unknown
  /** After the undo; `before` unless told. */
  readonly undone?: unknown
}

const CASES: readonly Case[] = [
  {
    name: 'rate limit at the gateway',
    run: { params: { scope: 'non-prod', max_rps: 10 } },
    state: rules,
    before: 0,
    after: 1,
  },
  { name: 'block at the gateway', run: { type: 'block' }, state: rules, before: 0, after: 1 },
  {
    name: 'disabled key',
    run: { type: 'disable_key', target: 'control', params: { key_id: 'key_1' } },
    state: () => (control.entities.get('keys/key_1') as { data: { status: string } }).data.status,
    before: 'active',
    after: 'disabled',
  },
  {
    name: 'rate limit at OpenAI',
    run: {
      type: 'provider_rate_limit',
      target: 'openai',
      params: { ...PROJECT, model: 'gpt-5', max_requests_per_1_minute: 5 },
    },
    state: limit,
    before: 500,
    after: 5,
  },
  {
    name: 'spend limit at OpenAI',
    run: {
      type: 'provider_spend_limit',
      target: 'openai',
      params: { ...PROJECT, threshold_cents: 5_000 },
    },
    state: () => openAi.spendLimits.get('proj_1'),
    before: undefined,
    after: 5_000,
  },
  {
    name: 'key at Anthropic',
    run: { type: 'provider_disable_key', target: 'anthropic', params: { key_id: 'apikey_00' } },
    state: () => anthropic.statuses.get('apikey_00')?.real,
    before: 'active',
    after: 'inactive',
  },
  {
    name: 'workspace at Anthropic, page by page',
    run: { type: 'provider_disable_key', target: 'anthropic', params: { workspace_id: 'wrkspc_1' } },
    state: statuses,
    before: EVERY,
    after: 'inactive active inactive active inactive active inactive active inactive active inactive active',
  },
  {
    name: 'ticket',
    run: { type: 'ticket', target: 'ticket' },
    state: () => issues.map(({ state }) => state).join(),
    before: '',
    after: 'open',
    undone: 'closed',
  },
]

describe.each(CASES)('$name', ({ run, state, before, after, undone = before }) => {
  beforeEach(() => control.put(approved(run)))

  test('is done, and undone', async () => {
    expect(state()).toEqual(before)
    expect(await carryOut()).toMatchObject({ run: { state: 'done' } })
    expect(state()).toEqual(after)
    expect(control.run('act-1')).toMatchObject({ state: 'done', approved_by: 'user:lead' })
    expect(await undo()).toMatchObject({ run: { state: 'undone' } })
    expect(state()).toEqual(undone)
  })

  test('as a dry run says what it would do, and changes nothing', async () => {
    control.put(approved({ ...run, dry_run: true }))
    expect(await carryOut()).toMatchObject({
      run: { state: 'done', undo: null, result: expect.stringMatching(/^dry run: ./) },
    })
    expect(state()).toEqual(before)
    const written = [...openAi.calls, ...anthropic.calls, ...tracker.calls].filter(
      (call) => !call.startsWith('GET'),
    )
    expect(written).toEqual([])
  })

  test.each(['action-running', 'action-performed'] as const)(
    'killed at %s it comes about once, and its undo is still what was there before',
    async (crashAt) => {
      await expect(carryOut({ crashAt })).rejects.toThrow(Crash)
      expect(control.run('act-1')).toMatchObject({ state: 'running' })
      expect(await carryOut()).toMatchObject({ run: { state: 'done' } })
      expect(state()).toEqual(after)
      await undo()
      expect(state()).toEqual(undone)
    },
  )

  test('an end is an end: it is not carried out again', async () => {
    await carryOut()
    expect(await carryOut()).toBeUndefined()
    expect(state()).toEqual(after)
  })
})

describe('keys at OpenAI', () => {
  const run = (key_id: string) =>
    approved({ type: 'provider_disable_key', target: 'openai', params: { ...PROJECT, key_id } })

  test("a user's key is deleted for ever", async () => {
    control.put(run('key_user'))
    expect(await carryOut()).toMatchObject({ run: { state: 'done', undo: null } })
    expect([...openAi.keys.keys()]).toEqual(['key_service', 'key_service_too'])
  })

  test('of a service account the account is deleted, with every key of it; again it is gone', async () => {
    control.put(run('key_service'))
    await expect(carryOut({ crashAt: 'action-performed' })).rejects.toThrow(Crash)
    expect(await carryOut()).toMatchObject({ run: { state: 'done', result: 'the key key_service is gone' } })
    expect([...openAi.keys.keys()]).toEqual(['key_user'])
    expect(openAi.calls.filter((call) => call.startsWith('DELETE'))).toEqual([
      'DELETE /organization/projects/proj_1/service_accounts/sa_1',
    ])
  })
})

describe('what goes wrong', () => {
  const run = approved({
    type: 'provider_rate_limit',
    target: 'openai',
    params: { ...PROJECT, model: 'gpt-5', max_requests_per_1_minute: 5 },
  })
  beforeEach(() => control.put(run))

  test('a wrong admin key fails the run, with what was said and without the key', async () => {
    const parts = partsOf({ openAi: 'sk-admin-wrong', anthropic: '' })
    const ended = await carryOut({ parts })
    expect(ended).toMatchObject({
      run: { state: 'failed', result: 'openai answered 401: Incorrect API key provided' },
    })
    expect(JSON.stringify(ended)).not.toContain('sk-admin')
  })

  test('overload and trouble pass: the run stands where it was and goes on', async () => {
    const body = { error: { message: 'slow down' } }
    openAi.failNext({ status: 429, body, headers: { 'retry-after': '7' } })
    await expect(carryOut()).rejects.toMatchObject({ retryable: true, retryAfterMs: 7_000 })
    expect(control.run('act-1')).toMatchObject({ state: 'approved' })
    openAi.failNext({ status: 503, body })
    await expect(carryOut()).rejects.toMatchObject({ retryable: true })
    expect(await carryOut()).toMatchObject({ run: { state: 'done' } })
    expect(limit()).toBe(5)
  })

  test('control away: nothing is changed anywhere', async () => {
    control.failNext({ status: 503, body: {} })
    await expect(carryOut()).rejects.toMatchObject({ retryable: true, code: 'control_status_503' })
    expect(openAi.calls).toEqual([])
  })

  test('an unknown model or project, and params that are missing, fail the run', async () => {
    control.put({ ...run, params: { ...PROJECT, model: 'gpt-99' } })
    expect(await carryOut()).toMatchObject({ run: { state: 'failed' } })
    control.put({ ...run, params: {} })
    expect(await carryOut()).toMatchObject({
      run: { state: 'failed', result: 'the action needs project_id' },
    })
  })

  test('a run that somebody else wrote meanwhile is theirs', async () => {
    const parts = partsOf()
    const stale = { ...parts.control, putRun: async () => undefined }
    expect(await carryOut({ parts: { ...parts, control: stale } })).toBeUndefined()
    expect(limit()).toBe(500)
  })
})

test('a rotated key: the secret is in the answer once, and in no record', async () => {
  control.put(approved({ type: 'rotate_key', target: 'control', params: { key_id: 'key_1' } }))
  expect(await carryOut()).toMatchObject({ secret: 'the new secret', run: { state: 'done' } })
  expect(JSON.stringify(control.run('act-1'))).not.toContain('the new secret')
})
