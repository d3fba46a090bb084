import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { expect, test } from 'vitest'

import { openApiDocument } from './openapi/document.ts'
import { ADMIN_TOKEN, memoryGateway } from './testing/memory-gateway.ts'
import { CANONICAL_LABELS } from './testing/sample-organization.ts'

const { server, secrets } = memoryGateway()

async function get(url: string, credential?: string) {
  const headers = credential === undefined ? {} : { authorization: `Bearer ${credential}` }
  const response = await server.inject({ method: 'GET', url, headers })
  return { status: response.statusCode, headers: response.headers, body: response.body }
}

test('whoami tells a key what its events will carry', async () => {
  const { status, body } = await get('/v1/whoami', secrets.registry)
  expect(status).toBe(200)
  expect(JSON.parse(body)).toMatchObject({
    api_key_id: 'registry',
    team: 'payments',
    labels: CANONICAL_LABELS,
    complete: true,
  })
  expect(JSON.parse((await get('/v1/whoami', secrets.homeless)).body)).toMatchObject({
    complete: false,
    team: null,
  })
  expect(JSON.parse((await get('/v1/whoami', ADMIN_TOKEN)).body)).toEqual({
    kind: 'admin',
    may_send_for_others: true,
  })
  expect((await get('/v1/whoami')).status).toBe(401)
})

test('health and metrics need no credential', async () => {
  for (const url of ['/health/live', '/health/ready', '/metrics', '/openapi.json']) {
    expect((await get(url)).status).toBe(200)
  }
})

test('other addresses and methods say so in the one shape of errors', async () => {
  const missing = await get('/v2')
  expect(missing.status).toBe(404)
  expect(JSON.parse(missing.body)).toMatchObject({ error: { code: 'not_found' } })
  const wrong = await get('/v1/events')
  expect(wrong.status).toBe(405)
  expect(wrong.headers['allow']).toBe('POST')
})

test('the OpenAPI document describes what the server answers', async () => {
  const ajv = new Ajv2020({ allowUnionTypes: true, strict: false })
  ajvFormats.default(ajv)
  ajv.addSchema(openApiDocument, 'openapi')
  const validates = (name: string, value: unknown) => {
    const valid = ajv.getSchema(`openapi#/components/schemas/${name}`)?.(value)
    expect(valid, `${name}: ${ajv.errorsText()}`).toBe(true)
  }
  validates('Whoami', JSON.parse((await get('/v1/whoami', secrets.registry)).body))
  validates('Error', JSON.parse((await get('/v1/whoami')).body))
  const headers = { authorization: `Bearer ${secrets.registry}`, 'content-type': 'application/json' }
  const refused = await server.inject({
    method: 'POST',
    url: '/v1/events',
    headers,
    payload: '[{"request_id":"a"},1]',
  })
  validates('IngestResult', refused.json())
  const asked = await server.inject({
    method: 'POST',
    url: '/v1/authorizations',
    headers,
    payload: '{"request_id":"a","model":"gpt-5-mini","credits":1}',
  })
  validates('Authorization', asked.json())
  for (const [path, methods] of Object.entries(openApiDocument.paths)) {
    for (const method of Object.keys(methods)) {
      const url = path.replaceAll(/\{(\w+)\}/g, ':$1')
      expect(server.hasRoute({ method: method.toUpperCase(), url }), `${method} ${path}`).toBe(true)
    }
  }
})
