import { beforeEach, describe, expect, test } from 'vitest'

import { memoryControl, SAMPLE } from '../testing/memory-control.ts'
import type { MemoryControl } from '../testing/memory-control.ts'

let world: MemoryControl
beforeEach(() => {
  world = memoryControl()
})

const policies = (...models: readonly string[]) =>
  `${SAMPLE}model_policies:\n  - { id: few, scope: team:auth, allowed_models: [${models.join(', ')}] }\n`
const rates = `rate_cards:
  - id: own
    version: 1
    entries:
      - { provider: ours, models: [summarizer], effective_from: 2099-01-01, credits_per_million: { tokens_input: 1 } }
`
const apply = (text: string, query = '') =>
  world.call('POST', `/v1/apply${query}`, text, { 'content-type': 'application/yaml' })

describe('a file that allows a model which no rate card names', () => {
  test('is applied, and answered with the line, the value and what was likely meant', async () => {
    const text = policies('gpt-5', 'gpt-5-mni')
    const line = text.split('\n').findIndex((each) => each.includes('gpt-5-mni')) + 1
    for (const query of ['?dry_run=true', '', '?dry_run=false']) {
      const { status, body } = await apply(text, query)
      expect(status).toBe(200)
      expect(body['warnings']).toEqual([
        {
          code: 'unknown_model',
          kind: 'model_policy',
          id: 'few',
          field: 'model_policies[0].allowed_models[1]',
          message: expect.stringMatching(
            new RegExp(`^line ${line}: model_policies.*"gpt-5-mni".*nearest: gpt-5-mini`),
          ),
          hint: expect.any(String),
        },
      ])
    }
    expect(world.log.view.entities.model_policy.get('few')?.allowed_models).toEqual(['gpt-5', 'gpt-5-mni'])
  })

  test('is as it should be when its rate comes in the same file', async () => {
    expect((await apply(policies('summarizer'))).body['warnings']).toHaveLength(1)
    expect((await apply(`${policies('summarizer')}${rates}`)).body['warnings']).toEqual([])
  })

  test('is exported, and applied again without a change', async () => {
    await apply(policies('gpt-5-mni', 'our-own-*'))
    const exported = (await world.call('GET', '/v1/export')).text
    const again = await apply(exported)
    expect(again.body).toMatchObject({ changes: [], waiting: [], warnings: [{}, {}] })
  })
})

test('put alone, it is in the answer, for all that names models', async () => {
  const put = (path: string, entry: object) => world.call('PUT', `/v1/${path}`, entry)
  const policy = await put('model-policies/few', { scope: 'team:auth', allowed_models: ['gpt5-mini'] })
  expect(policy.body).toMatchObject({
    data: { allowed_models: ['gpt5-mini'] },
    warnings: [{ code: 'unknown_model', kind: 'model_policy', id: 'few', field: 'allowed_models.0' }],
  })
  const block = await put('blocks/stop', { scope: 'model:gpt-5o-mini', reason: 'too dear' })
  expect([block.status, block.body['warnings']]).toMatchObject([200, [{ field: 'scope' }]])
  const known = await put('model-policies/few', { scope: 'team:auth', allowed_models: ['gpt-5-mini'] })
  expect(known.body).not.toHaveProperty('warnings')
})
