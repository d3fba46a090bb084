import { createOrganizationView } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import { Registry } from '@meterline/runtime'
import { expect, onTestFinished, test } from 'vitest'

import { createOutgoingClient } from '../outgoing/outgoing-client.ts'
import { createSecretSource } from '../secrets/secret-source.ts'
import { deliveryRoutes } from './delivery-routes.ts'
import type { NotifierApi } from './delivery-routes.ts'
import { createServer } from './server.ts'

const TOKEN = 'mla_admin'

function api(): NotifierApi {
  const view = createOrganizationView()
  const client = createOutgoingClient({ allowPrivate: true })
  onTestFinished(() => client.close())
  const nowMs = () => 0
  return {
    view,
    nowMs,
    credentials: { view, adminToken: TOKEN, controlUrl: undefined, nowMs },
    senders: {
      client,
      secrets: createSecretSource({ variables: {}, directory: undefined }),
      mailer: undefined,
      pagerDutyUrls: { us: '', eu: '' },
      externalUrl: undefined,
    },
    work: () => {
      throw new ApiError(503, 'not_at_work', 'another notifier is at work', { retryAfterSeconds: 1 })
    },
  }
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId?: string }>>>>
}

test('the document names every address of the server, and every address of it is there', async () => {
  const parts = api()
  const server = createServer(parts, {
    actions: undefined,
    probes: [],
    metrics: new Registry(),
    onDefect: (error) => {
      throw error
    },
  })
  onTestFinished(() => server.close())
  const document = (await server.inject('/openapi.json')).json<Document>()
  for (const { method, path } of deliveryRoutes(parts)) {
    const documented = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]
    expect(documented?.[method.toLowerCase()], path).toBeDefined()
  }
  for (const [path, methods] of Object.entries(document.paths)) {
    const url = path.replaceAll(/\{\w+\}/g, 'x')
    for (const method of Object.keys(methods)) {
      const headers = { authorization: `Bearer ${TOKEN}` }
      const { statusCode, body } = await server.inject({ method: method as 'get', url, headers })
      // Nobody is at work here: an address that is there says so, or that there is no such channel.
      expect(
        [200, 503].includes(statusCode) || body.includes('there is no channel'),
        `${method} ${url}`,
      ).toBe(true)
    }
  }
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ operationId }) => operationId ?? []),
  )
  expect(new Set(ids).size).toBe(ids.length)
  const wrong = await server.inject({ method: 'DELETE', url: '/v1/deliveries/x' })
  expect([wrong.statusCode, wrong.headers['allow']]).toEqual([405, 'GET'])
})
