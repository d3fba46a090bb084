import { beforeEach, describe, expect, test } from 'vitest'

import { memoryControl, SAMPLE } from '../testing/memory-control.ts'
import type { MemoryControl } from '../testing/memory-control.ts'

let world: MemoryControl
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('a file of which a part has to wait', () => {
  const allocation = (id: string, scope: string, credits: number) =>
    `  - { id: ${id}, scope: '${scope}', owner: o, monthly_credits: ${credits}, gl_account: '1' }\n`
  const fileWith = (...allocations: readonly string[]) =>
    SAMPLE.replace(/allocations:\n[\s\S]*limits:/, `allocations:\n${allocations.join('')}limits:`)
  const apply = (text: string, query = '') =>
    world.call('POST', `/v1/apply${query}`, text, { 'content-type': 'application/yaml' })
  const approvers = `
  - { id: fin, name: Fin, email: fin@example.com, roles: [{ role: finance, scope: 'org:*' }] }
  - { id: eng, name: Eng, email: eng@example.com, roles: [{ role: engineering_approver, scope: 'org:*' }] }`
  const withPeople = (text: string) => text.replace('users:', `users:${approvers}`)

  async function approveAll(): Promise<void> {
    for (const { id, state } of world.log.view.entities.request.values()) {
      if (state !== 'pending') continue
      for (const user of ['fin', 'eng']) {
        const path = `/v1/requests/${id}/approve`
        expect((await world.call('POST', path, {}, bearer(world.session(user)))).status).toBe(200)
      }
    }
  }

  beforeEach(() => {
    world = memoryControl({
      file: withPeople(
        fileWith(
          allocation('al-checkout', 'department:checkout', 200),
          allocation('al-auth', 'team:auth', 150),
        ),
      ),
    })
  })

  test('does the rest, and says what waits, why, for whom; applied again when it is approved, it does that too', async () => {
    const text = withPeople(
      fileWith(
        allocation('al-checkout', 'department:checkout', 400),
        allocation('al-auth', 'team:auth', 150),
        allocation('al-risk', 'team:risk', 120),
        allocation('al-risk-app', 'project:risk-app', 20),
        allocation('al-help', 'team:help', 5),
      ),
    )
    const first = await apply(text)
    expect(first.body).toMatchObject({
      changes: [{ change: 'added', id: 'al-help' }],
      waiting: [
        {
          opened: true,
          changes: [{ id: 'al-checkout' }],
          approvers: [
            { side: 'finance', users: ['fin'] },
            { side: 'engineering', users: ['eng'] },
          ],
        },
      ],
      held: [
        {
          change: 'added',
          id: 'al-risk',
          why: expect.stringContaining('would sum to 270 credits') as string,
        },
        {
          change: 'added',
          id: 'al-risk-app',
          why: expect.stringContaining('"al-risk", which waits') as string,
        },
      ],
    })
    expect([...world.log.view.entities.allocation.keys()]).toEqual(['al-checkout', 'al-auth', 'al-help'])
    const again = await apply(text)
    expect(again.body).toMatchObject({
      changes: [],
      waiting: [{ opened: false }],
      held: [{}, {}],
      closed: [],
    })

    await approveAll()
    expect((await apply(text)).body).toMatchObject({
      changes: [
        { change: 'added', id: 'al-risk' },
        { change: 'added', id: 'al-risk-app' },
      ],
      waiting: [],
      held: [],
    })
    expect((await apply(text)).body).toMatchObject({ changes: [], waiting: [], held: [] })
  })

  test('of several that have not enough room together, all wait', async () => {
    const text = withPeople(
      fileWith(
        allocation('al-checkout', 'department:checkout', 250),
        allocation('al-auth', 'team:auth', 150),
        allocation('al-risk', 'team:risk', 40),
        allocation('al-web', 'team:web', 40),
      ).replace('teams:\n', 'teams:\n          - { id: web, name: Web, cost_center: CC-1 }\n'),
    )
    expect((await apply(text)).body).toMatchObject({
      changes: [{ kind: 'team', id: 'web' }],
      held: [{ id: 'al-risk' }, { id: 'al-web' }],
    })
  })

  test('a team goes after its allocation, and another allocation takes its scope after it', async () => {
    const without = withPeople(
      fileWith(allocation('al-checkout', 'department:checkout', 200))
        .replace(/^.*id: auth, name: Auth.*\n/m, '')
        .replace(/^.*id: k-auth.*\n/m, '')
        .replace(/^.*id: l-auth.*\n/m, '')
        .replace(', roles: [{ role: team_lead, scope: team:auth }]', ''),
    )
    const first = await apply(without)
    expect(first.body).toMatchObject({
      waiting: [{ changes: [{ change: 'removed', id: 'al-auth' }] }],
      held: [
        {
          change: 'removed',
          kind: 'team',
          id: 'auth',
          why: expect.stringContaining('allocation "al-auth"') as string,
        },
      ],
    })
    expect(world.log.view.entities.team.has('auth')).toBe(true)
    expect(world.log.view.entities.project.has('auth-app')).toBe(false)
    await approveAll()
    expect((await apply(without)).body).toMatchObject({
      changes: [{ change: 'removed', id: 'auth' }],
      held: [],
    })
  })

  test('another allocation of the same scope comes when the one that has it is gone', async () => {
    const text = withPeople(
      fileWith(
        allocation('al-checkout', 'department:checkout', 200),
        allocation('al-auth-2', 'team:auth', 10),
      ),
    )
    expect((await apply(text)).body).toMatchObject({
      waiting: [{ changes: [{ change: 'removed', id: 'al-auth' }] }],
      held: [{ id: 'al-auth-2' }],
    })
    await approveAll()
    expect((await apply(text)).body).toMatchObject({ changes: [{ id: 'al-auth-2' }], held: [] })
  })

  test('what would be wrong when all is approved is refused whole, with its place in the file and the way out', async () => {
    const { length } = world.log.records
    const text = withPeople(
      fileWith(
        allocation('al-checkout', 'department:checkout', 210),
        allocation('al-auth', 'team:auth', 150),
        allocation('al-risk', 'team:risk', 120),
      ),
    )
    const { status, body } = await apply(text)
    const line = text.split('\n').findIndex((each) => each.includes('al-checkout,')) + 1
    expect([status, body.error?.code, body.error?.field]).toEqual([
      422,
      'exceeds_parent',
      'allocations[0].monthly_credits',
    ])
    expect(JSON.stringify(body.error)).toContain(
      `line ${line}: allocations[0].monthly_credits: the allocations below`,
    )
    expect(JSON.stringify(body.error)).toContain('may_overcommit: true')
    expect(world.log.records).toHaveLength(length)
  })

  test('a team that comes with the file is held to the allocation above it like any other', async () => {
    const text = withPeople(
      fileWith(
        allocation('al-checkout', 'department:checkout', 200),
        allocation('al-auth', 'team:auth', 150),
        allocation('al-web', 'team:web', 51),
      ).replace('teams:\n', 'teams:\n          - { id: web, name: Web, cost_center: CC-1 }\n'),
    )
    expect((await apply(text)).body.error).toMatchObject({ code: 'exceeds_parent' })
    expect((await apply(text.replace('monthly_credits: 51', 'monthly_credits: 50'))).status).toBe(200)
  })

  test('limits are held against one another as the file has them', async () => {
    const limits = (above: number, below: number) => `limits:
  - { id: l-group, level: group, scope: 'billing_group:pay', hard_cap_credits: ${above} }
  - { id: l-team, level: group, scope: 'team:auth', hard_cap_credits: ${below} }
`
    const text = (above: number, below: number) =>
      `organization: { id: org-1, name: Sample }\n${limits(above, below)}`
    expect((await apply(text(10, 9))).status).toBe(200)
    expect((await apply(text(30, 20))).status).toBe(200)
    expect((await apply(text(15, 16))).body.error).toMatchObject({
      code: 'exceeds_parent',
      field: 'limits[1].hard_cap_credits',
    })
  })
})
