import {
  ERROR_SCHEMA,
  errorResponse,
  jsonSchema,
  openApiPath,
  operationId,
  pathParameters,
  queryParameters,
} from '@meterline/http'

import { ALL_ROUTES } from '../routes/all-routes.ts'
import type { Route } from '../routing/route.ts'

let made: object | undefined

/** OpenAPI 3.1, from the same table and the same schemas that the server runs on. Made when it is first asked for. */
export function openApiDocument(): object {
  made ??= document()
  return made
}

const STATUSES: Readonly<Record<string, string>> = {
  '400': 'The request cannot be read, or a field is wrong.',
  '401': 'No credential, or one that nobody has.',
  '403': 'Known, and not allowed to do this here.',
  '404': 'It is not there, or not for you to see.',
  '409': 'The entity has another version, exists already, or is still named by others.',
  '422': 'Well-formed, and against the rules as things stand.',
  '429': 'Too much at once: try again after the seconds in Retry-After.',
  '503': 'Nothing is known to be done. Send the same command again, with the same Idempotency-Key.',
}

function document(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Meterline control',
      version: '1',
      description:
        'Commands that change the organization, and questions about it. A command is answered when its records were read back from control.log. Credits are whole credits with up to six decimal places, times are ISO 8601, as in the organization file.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { cookie: [] }],
    paths: paths(),
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

function paths(): Record<string, Record<string, object>> {
  const found: Record<string, Record<string, object>> = {}
  for (const route of ALL_ROUTES) {
    const path = openApiPath(route.path)
    found[path] = { ...found[path], [route.method.toLowerCase()]: operation(route) }
  }
  for (const path of ['/health/live', '/health/ready', '/metrics', '/openapi.json']) {
    found[path] = { get: { security: [], responses: { '200': { description: 'Public.' } } } }
  }
  return found
}

function operation(route: Route): object {
  const isCommand = route.method !== 'GET'
  const body = route.documentedBody
  return {
    operationId: operationId(route),
    summary: route.summary,
    'x-permission': route.access,
    ...(route.access === 'public' ? { security: [] } : {}),
    parameters: [
      ...pathParameters(route.path),
      ...queryParameters(route.query),
      ...(isCommand ? COMMAND_HEADERS : []),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { content: { 'application/json': { schema: jsonSchema(body) } } } }),
    responses: {
      [route.status]: {
        description: 'Done.',
        content: route.answerType === 'yaml' ? { 'application/yaml': {} } : { 'application/json': {} },
      },
      ...Object.fromEntries(
        Object.entries(STATUSES).map(([status, description]) => [status, errorResponse(description)]),
      ),
    },
  }
}

const COMMAND_HEADERS = [
  {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'Sent again within 24 hours by the same caller, the command takes effect once.',
    schema: { type: 'string', maxLength: 128 },
  },
  {
    name: 'If-Match',
    in: 'header',
    required: false,
    description:
      'The version that the entity must still have, in quotes. `If-None-Match: *`: it must not be there.',
    schema: { type: 'string' },
  },
] as const
