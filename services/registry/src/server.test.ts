import { beforeEach, describe, expect, test } from 'vitest'
import type { FastifyInstance } from 'fastify'

import type { CatalogueRecord } from './catalogue/catalogue.ts'
import type { CatalogueLog } from './registry.ts'
import { openRegistry } from './registry.ts'
import { createServer } from './server.ts'

const V1 = '{"type":"record","name":"R","fields":[{"name":"id","type":"string"}]}'
const V2 =
  '{"type":"record","name":"R","fields":[{"name":"id","type":"string"},{"name":"n","type":"int","default":0}]}'
const BREAKING = '{"type":"record","name":"R","fields":[{"name":"id","type":"long"}]}'

let records: CatalogueRecord[]
let away: boolean
let server: FastifyInstance

/** The log is an array that outlives the registry; `away` makes every append fail with an unknown outcome. */
async function openLog(): Promise<CatalogueLog> {
  return {
    async *readAll() {
      yield* records
    },
    async append(more) {
      records.push(...more)
      if (away) throw new Error('no answer')
    },
    close: async () => undefined,
  }
}

async function restart(): Promise<void> {
  server = createServer(await openRegistry(openLog), () => undefined)
}

async function call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object) {
  const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
  const response = await server.inject({
    method,
    url,
    ...(body === undefined ? {} : { headers, payload: JSON.stringify(body) }),
  })
  return {
    status: response.statusCode,
    body: response.json<Record<string, unknown>>(),
    type: response.headers['content-type'],
  }
}

const register = (subject: string, schema: string) =>
  call('POST', `/subjects/${subject}/versions`, { schema })

beforeEach(async () => {
  records = []
  away = false
  await restart()
})

describe('the registry', () => {
  test('gives an id once per schema, whatever the subject and however often it is asked', async () => {
    expect((await register('a-value', V1)).body).toEqual({ id: 1 })
    expect((await register('a-value', V1)).body).toEqual({ id: 1 })
    expect((await register('b-value', V1)).body).toEqual({ id: 1 })
    expect((await register('a-value', V2)).body).toEqual({ id: 2 })
    expect((await call('GET', '/subjects')).body).toEqual(['a-value', 'b-value'])
    expect((await call('GET', '/subjects/a-value/versions')).body).toEqual([1, 2])
  })

  test('answers by id, by version, by latest and by look-up, in its media type', async () => {
    await register('a-value', V1)
    await register('a-value', V2)
    const byId = await call('GET', '/schemas/ids/2')
    expect(byId.body).toEqual({ schema: V2 })
    expect(byId.type).toBe('application/vnd.schemaregistry.v1+json')
    const latest = { subject: 'a-value', version: 2, id: 2, schema: V2 }
    expect((await call('GET', '/subjects/a-value/versions/latest')).body).toEqual(latest)
    expect((await call('GET', '/subjects/a-value/versions/2')).body).toEqual(latest)
    expect((await call('POST', '/subjects/a-value', { schema: V2 })).body).toEqual(latest)
  })

  test('is the same after a restart', async () => {
    await register('a-value', V1)
    await call('PUT', '/config/a-value', { compatibility: 'NONE' })
    await restart()
    expect((await register('b-value', V2)).body).toEqual({ id: 2 })
    expect((await call('GET', '/config/a-value')).body).toEqual({ compatibilityLevel: 'NONE' })
  })

  test('refuses what breaks readers of any earlier version, until the level says otherwise', async () => {
    await register('a-value', V1)
    expect(await register('a-value', BREAKING)).toMatchObject({ status: 409, body: { error_code: 409 } })
    const verdict = await call('POST', '/compatibility/subjects/a-value/versions/latest?verbose=true', {
      schema: BREAKING,
    })
    expect(verdict.body).toMatchObject({ is_compatible: false })
    expect((await call('PUT', '/config/a-value', { compatibility: 'NONE' })).body).toEqual({
      compatibility: 'NONE',
    })
    expect((await register('a-value', BREAKING)).body).toEqual({ id: 2 })
  })

  test('an id outlives a soft deletion, and is never given out again', async () => {
    await register('a-value', V1)
    expect((await call('DELETE', '/subjects/a-value?permanent=true')).body).toMatchObject({
      error_code: 40405,
    })
    expect((await call('DELETE', '/subjects/a-value')).body).toEqual([1])
    expect((await call('GET', '/subjects')).body).toEqual([])
    expect((await call('GET', '/schemas/ids/1')).body).toEqual({ schema: V1 })
    expect((await call('DELETE', '/subjects/a-value?permanent=true')).body).toEqual([1])
    await restart()
    expect((await register('a-value', V2)).body).toEqual({ id: 2 })
    expect((await call('GET', '/subjects/a-value/versions')).body).toEqual([2])
  })

  test('after a write of unknown outcome it reads the log again before it decides', async () => {
    away = true
    expect(await register('a-value', V1)).toMatchObject({ status: 500, body: { error_code: 50001 } })
    away = false
    expect((await register('b-value', V2)).body).toEqual({ id: 2 })
    expect((await register('a-value', V1)).body).toEqual({ id: 1 })
  })

  test('concurrent registrations never share an id', async () => {
    const schemas = Array.from({ length: 20 }, (_, i) => `{"type":"fixed","name":"F${i}","size":${i + 1}}`)
    const answers = await Promise.all(schemas.map((schema, i) => register(`s${i}-value`, schema)))
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(20)
  })
})

test.each([
  ['GET /subjects/none/versions', undefined, 404, 40401],
  ['GET /schemas/ids/77', undefined, 404, 40403],
  ['POST /subjects/a/versions', { schema: '{"type":"recrod"}' }, 422, 42201],
  ['POST /subjects/a/versions', { schema: '"string"', schemaType: 'PROTOBUF' }, 422, 42201],
  ['POST /subjects/a/versions', { shema: '"string"' }, 422, 422],
  ['PUT /config/a', { compatibility: 'SOME' }, 422, 42203],
  ['GET /config/a', undefined, 404, 40408],
  ['GET /nowhere', undefined, 404, 404],
] as const)('%s with %j is %i, error code %i', async (what, body, status, code) => {
  const [method, url] = what.split(' ') as ['GET' | 'POST' | 'PUT', string]
  expect(await call(method, url, body)).toMatchObject({ status, body: { error_code: code } })
})

test('versions that are not there or not valid have their own codes', async () => {
  await register('a', V1)
  expect((await call('GET', '/subjects/a/versions/9')).body).toMatchObject({ error_code: 40402 })
  expect((await call('GET', '/subjects/a/versions/-1')).body).toMatchObject({ error_code: 42202 })
})
