import { decodeControlEvent } from '@meterline/contract'
import { beforeEach, describe, expect, test } from 'vitest'

import { memoryControl, SAMPLE } from '../testing/memory-control.ts'
import type { MemoryControl } from '../testing/memory-control.ts'

let world: MemoryControl
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
beforeEach(() => {
  world = memoryControl()
})

describe('the terms of a standing allocation', () => {
  const entry = { scope: 'team:auth', owner: 'o', monthly_credits: 100, gl_account: '1' }
  const file = (credits: number, more = '') =>
    SAMPLE.replace('owner: o, monthly_credits: 100', `owner: n, monthly_credits: ${credits}`).replace(
      'allocations:',
      `allocations:${more}`,
    )
  const apply = (text: string, query = '') =>
    world.call('POST', `/v1/apply${query}`, text, { 'content-type': 'application/yaml' })

  test('are changed by nobody alone, and the refusal says how; everything else of it is', async () => {
    for (const change of [{ monthly_credits: 101 }, { reserve_credits: 1 }, { hard_cap_percent: 200 }]) {
      const { status, body } = await world.call('PUT', '/v1/allocations/al-auth', { ...entry, ...change })
      expect([status, body.error?.code]).toEqual([422, 'needs_approval'])
    }
    const removal = await world.call('DELETE', '/v1/allocations/al-auth')
    expect([removal.status, removal.body.error?.code]).toEqual([422, 'needs_approval'])
    expect((await world.call('PUT', '/v1/allocations/al-auth', { ...entry, owner: 'n' })).status).toBe(200)
    const first = { ...entry, scope: 'team:help', monthly_credits: 7 }
    expect((await world.call('PUT', '/v1/allocations/al-help', first)).status).toBe(200)
    const second = await world.call('PUT', '/v1/allocations/al-more', first)
    expect(second.body.error).toMatchObject({ code: 'scope_taken', field: 'scope' })
  })

  test('of a file are asked for: once, in one request, until two people have said yes', async () => {
    const dry = await apply(file(150), '?dry_run=true')
    expect(dry.body).toMatchObject({ applied: false, waiting: [{ request: null, opened: true }] })
    expect(world.log.view.entities.request.size).toBe(0)

    const opened = await apply(file(150))
    const [waits] = opened.body['waiting'] as unknown as { request: string; opened: boolean }[]
    expect(opened.body['changes']).toMatchObject([
      { kind: 'allocation', id: 'al-auth', fields: [{ field: 'owner' }] },
    ])
    expect(waits).toMatchObject({
      opened: true,
      changes: [{ id: 'al-auth', fields: [{ field: 'monthly_credits_micro', before: 100e6, after: 150e6 }] }],
    })
    const id = waits?.request ?? ''
    expect((await apply(file(150))).body).toMatchObject({
      changes: [],
      waiting: [{ request: id, opened: false }],
    })
    expect(world.log.view.entities.request.size).toBe(1)

    const people = `
  - { id: fin, name: Fin, email: fin@example.com, roles: [{ role: finance, scope: 'org:*' }] }
  - { id: eng, name: Eng, email: eng@example.com, roles: [{ role: engineering_approver, scope: 'org:*' }] }`
    await apply(file(150).replace('users:', `users:${people}`))
    for (const user of ['fin', 'eng']) {
      const path = `/v1/requests/${id}/approve`
      expect((await world.call('POST', path, {}, bearer(world.session(user)))).status).toBe(200)
    }
    expect(world.log.view.entities.allocation.get('al-auth')?.monthly_credits_micro).toBe(150e6)
    const again = await apply(file(150).replace('users:', `users:${people}`))
    expect(again.body).toMatchObject({ changes: [], waiting: [] })
    const yaml = (await world.call('GET', '/v1/export')).text
    expect((await apply(yaml)).body).toMatchObject({ changes: [], waiting: [] })
  })

  test('an allocation that a file no longer has stays until its removal is approved', async () => {
    const without = SAMPLE.replace(/^.*id: al-risk.*\n/m, '')
    const { body } = await apply(without)
    expect(body).toMatchObject({
      changes: [],
      waiting: [{ changes: [{ change: 'removed', id: 'al-risk' }] }],
    })
    expect(world.log.view.entities.allocation.has('al-risk')).toBe(true)
  })

  test('by hand they are asked for in the words of the file', async () => {
    const asked = await world.call('POST', '/v1/requests', {
      id: 'r',
      kind: 'allocation_change',
      subject: 'allocation:al-auth',
      allocations: { 'al-auth': 120 },
      allocation_terms: { 'al-auth': { reserve_credits: 20, rollover_percent: 10, hard_cap_percent: null } },
      description: 'more',
    })
    expect(asked.status).toBe(201)
    expect(asked.body['data']).toMatchObject({
      allocations: { 'al-auth': 120 },
      allocation_terms: { 'al-auth': { reserve_credits: 20, rollover_percent: 10, hard_cap_percent: null } },
    })
  })

  const requests = () => [...world.log.view.entities.request.values()]
  const waitingIn = (body: object) => (body as { waiting: { request: string | null }[] }).waiting

  test('another figure in the file supersedes the request of the former one, and the audit trail says who', async () => {
    const [first] = waitingIn((await apply(file(150))).body)
    const { length } = world.log.records
    const again = await apply(file(170))
    const [second] = waitingIn(again.body)
    expect(again.body).toMatchObject({
      closed: [
        { request: first?.request, state: 'superseded', superseded_by: second?.request, approvals: 0 },
      ],
    })
    expect(requests().map(({ id, state }) => [id, state])).toEqual([
      [first?.request, 'superseded'],
      [second?.request, 'pending'],
    ])
    const records = world.log.records.slice(length).map((bytes) => decodeControlEvent(bytes))
    expect(records).toMatchObject([
      { kind: 'request', id: first?.request, actor: 'token:admin', data: { closed: { by: 'token:admin' } } },
      { kind: 'request', id: second?.request, actor: 'token:admin', data: { origin: 'file' } },
    ])
    const shown = await world.call('GET', `/v1/requests/${first?.request ?? ''}`)
    expect(shown.body['data']).toMatchObject({
      state: 'superseded',
      superseded_by: second?.request,
      closed: { by: 'token:admin', at: '2026-11-21T04:00:00.000Z' },
    })
    const late = await world.call('POST', `/v1/requests/${first?.request ?? ''}/approve`, {})
    expect([late.status, late.body.error?.code]).toEqual([409, 'wrong_state'])
  })

  test('a dry run says what would be put aside and puts nothing aside; the standing figure withdraws; no section, no word', async () => {
    const [first] = waitingIn((await apply(file(150))).body)
    const dry = await apply(file(170), '?dry_run=true')
    expect(dry.body).toMatchObject({
      waiting: [{ request: null, opened: true }],
      closed: [{ request: first?.request, state: 'superseded', superseded_by: null }],
    })
    const onlyPeople = 'organization: { id: org-1, name: Sample }'
    expect((await apply(onlyPeople)).body).toMatchObject({ waiting: [], closed: [] })
    expect(requests().map(({ state }) => state)).toEqual(['pending'])
    expect((await apply(file(100))).body).toMatchObject({ waiting: [], closed: [{ state: 'withdrawn' }] })
    expect(requests().map(({ state }) => state)).toEqual(['withdrawn'])
  })

  test('what an admin asked by file is not put aside by whoever may only ask', async () => {
    await apply(file(150))
    const asLead = (text: string) =>
      world.call('POST', '/v1/apply', text, {
        'content-type': 'application/yaml',
        ...bearer(world.session('lea')),
      })
    const refused = await asLead(file(170).replace('owner: n,', 'owner: n,'))
    expect([refused.status, refused.body.error?.code]).toEqual([409, 'conflict'])
    expect(requests().map(({ state }) => state)).toEqual(['pending'])
  })
})
