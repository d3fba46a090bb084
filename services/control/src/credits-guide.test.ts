import { dueChanges } from '@meterline/domain'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import type { MemoryControl } from './testing/memory-control.ts'
import { ADMIN_TOKEN, memoryControl } from './testing/memory-control.ts'

const here = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const GUIDE = here('docs/guides/credits.md')
const PAYMENTS = 'org-1234-bg-payments'
const PEOPLE = `
  - { id: ada, name: Ada, email: ada@example.com, roles: [{ role: viewer, scope: 'team:payments' }] }
  - { id: lead, name: Lead, email: lead@example.com, roles: [{ role: team_lead, scope: 'team:payments' }] }
`

interface Curl {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Name of the variable that holds the token. */
  readonly token: string
  readonly body: unknown
}

/** The curl commands of the guide, in their order. */
function curls(): Curl[] {
  const scripts = [...GUIDE.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, script = '']) => script)
  return scripts.flatMap((script) =>
    script
      .split(/^(?=curl )/m)
      .filter((command) => command.startsWith('curl '))
      .map((command): Curl => {
        const body = /-d '([\s\S]*)'/.exec(command)?.[1]
        return {
          method: command.includes('-sX POST') ? 'POST' : 'GET',
          path: /\$C(\/[^ "]+)/.exec(command)?.[1] ?? '',
          token: /Bearer \$([A-Z]+)/.exec(command)?.[1] ?? '',
          body: body === undefined ? undefined : JSON.parse(body),
        }
      }),
  )
}

function tokens(control: MemoryControl): Readonly<Record<string, string>> {
  return { T: ADMIN_TOKEN, ADA: control.session('ada'), LEAD: control.session('lead') }
}

/** What the schedule does every few seconds. */
async function passTime({ control, passMs }: MemoryControl): Promise<void> {
  passMs(3_000)
  await control.log.run({
    commandId: `schedule-${control.nowMs()}`,
    actor: 'system:schedule',
    decide: (view, head) => ({ ok: true, changes: dueChanges(view, control.totals, head) }),
  })
}

test('every command of the guide to credits does what it says', async () => {
  const [, pools = ''] = /```yaml\n([\s\S]*?)```/.exec(GUIDE) ?? []
  const world = memoryControl({ file: here('examples/organization.yaml') + pools + PEOPLE })
  const bearer = tokens(world)
  const answers = []
  for (const { method, path, token, body } of curls()) {
    const { status, body: answer } = await world.call(method, path, body, {
      authorization: `Bearer ${bearer[token] ?? ''}`,
    })
    answers.push([method, path, status, answer] as const)
    await passTime(world)
  }
  expect(answers.map(([method, path, status]) => [method, path, status])).toEqual([
    ['POST', '/v1/pools/central/grants', 201],
    ['GET', `/v1/allocations/${PAYMENTS}/balance`, 200],
    ['GET', '/v1/ledger?limit=100', 200],
    ['POST', '/v1/ledger/grant:inv-2026-10/correct', 201],
    ['POST', '/v1/requests', 201],
    ['POST', '/v1/requests', 201],
    ['POST', '/v1/requests/ada-1/approve', 200],
    // It is approved by then; a request is answered once.
    ['POST', '/v1/requests/ada-1/decline', 409],
    ['POST', '/v1/proposals', 200],
  ])
  expect(answers[1]?.[3]).toMatchObject({
    limit_credits: 450_000,
    balance_credits: 450_000,
    reserve_credits: 50_000,
  })
  const proposed = answers[8]?.[3] as unknown as {
    central_credits: number
    allocations: Record<string, number>
  }
  const sum = Object.values(proposed.allocations).reduce((total, credits) => total + credits, 0)
  expect(proposed.central_credits + sum).toBe(1_000_000)
  expect(answers[8]?.[3]).toMatchObject({
    proposed: [{ weight: 456_000 }, { weight: 240_000 }, { weight: 120_000 }],
  })
})
