import {
  ERROR_SCHEMA,
  errorResponse,
  jsonSchema,
  openApiPath,
  operationId,
  pathParameters,
  queryParameters,
} from '@meterline/http'

import type { Route } from './route.ts'

const STATUSES: Readonly<Record<string, string>> = {
  '400': 'The request cannot be read, or a field is wrong.',
  '401': 'No credential, or one that nobody has.',
  '403': 'Known, and not allowed to do this here.',
  '404': 'It is not there.',
  '409': 'It does not stand so that this could be done.',
  '503':
    'Another notifier is at work, or this one is taking over: try again after the seconds in Retry-After.',
}

/** OpenAPI 3.1, from the same table that the server runs on. */
export function openApiDocument(routes: readonly Route[]): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Meterline notifier',
      version: '1',
      description:
        'Deliveries of alerts and how far they have come, channels, and actions that people let run or take back.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { cookie: [] }],
    paths: paths(routes),
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A session (mls_…), a service token (mlk_…), or the admin token.',
        },
        cookie: { type: 'apiKey', in: 'cookie', name: 'meterline_session' },
      },
      schemas: { Error: ERROR_SCHEMA },
    },
  }
}

function paths(routes: readonly Route[]): Record<string, Record<string, object>> {
  const found: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = openApiPath(route.path)
    found[path] = { ...found[path], [route.method.toLowerCase()]: operation(route) }
  }
  for (const path of ['/health/live', '/health/ready', '/metrics', '/openapi.json']) {
    found[path] = { get: { security: [], responses: { '200': { description: 'Public.' } } } }
  }
  return found
}

function operation(route: Route): object {
  const { path, permission, summary, query, body, status = 200 } = route
  return {
    operationId: operationId(route),
    summary,
    'x-permission': permission,
    parameters: [...pathParameters(path), ...queryParameters(query)],
    ...(body === undefined
      ? {}
      : { requestBody: { content: { 'application/json': { schema: jsonSchema(body) } } } }),
    responses: {
      [status]: { description: 'Done.', content: { 'application/json': {} } },
      ...Object.fromEntries(
        Object.entries(STATUSES).map(([code, description]) => [code, errorResponse(description)]),
      ),
    },
  }
}
