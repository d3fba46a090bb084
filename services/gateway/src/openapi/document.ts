import { MAX_BODY_BYTES, MAX_EVENTS_PER_BODY, schemaText, USAGE_EVENT_TYPE } from '@meterline/contract'
import { REJECTION_REASONS, USAGE_BOUNDS } from '@meterline/domain'
import { ERROR_SCHEMA } from '@meterline/http'

import { authorizationPaths, authorizationSchemas } from './authorizations.ts'
import { errorResponses } from './error-responses.ts'

const {
  $schema: _,
  $id: __,
  ...usageEvent
} = JSON.parse(schemaText('usage-event.schema.json')) as Record<string, unknown>

const eventReference = { $ref: '#/components/schemas/UsageEvent' }
const cloudEventReference = { $ref: '#/components/schemas/UsageCloudEvent' }
const resultContent = { 'application/json': { schema: { $ref: '#/components/schemas/IngestResult' } } }

/** OpenAPI 3.1, made from the same JSON Schema that the parser is tested against. */
export const openApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'Meterline gateway',
    version: '1',
    description:
      'Takes usage events: 202 means written and acknowledged by every in-sync replica. Says beforehand whether a call may be made.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  security: [{ key: [] }],
  paths: {
    '/v1/events': {
      post: {
        operationId: 'postEvents',
        summary: 'Send usage events',
        description: `At most ${MAX_BODY_BYTES} bytes (decompressed) and ${MAX_EVENTS_PER_BODY} events a request; event times from ${USAGE_BOUNDS.maxAgeMs / 86_400_000} days ago to ${USAGE_BOUNDS.maxFutureMs / 60_000} minutes ahead. Sending the same request_id again is safe: it counts once. An event with \`corrects\` restates an earlier request of the same key, or voids it (empty units). A CloudEvent may also be sent in binary mode (ce- headers, the data as application/json).`,
        parameters: [
          {
            name: 'content-encoding',
            in: 'header',
            required: false,
            schema: { type: 'string', enum: ['gzip', 'identity'] },
          },
        ],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                oneOf: [
                  eventReference,
                  { type: 'array', maxItems: MAX_EVENTS_PER_BODY, items: eventReference },
                ],
              },
            },
            'application/x-ndjson': { schema: { type: 'string', description: 'One UsageEvent per line.' } },
            'application/cloudevents+json': { schema: cloudEventReference },
            'application/cloudevents-batch+json': {
              schema: { type: 'array', maxItems: MAX_EVENTS_PER_BODY, items: cloudEventReference },
            },
          },
        },
        responses: {
          '202': { description: 'Accepted, except those listed in `rejected`.', content: resultContent },
          '400': {
            description: 'Every event was refused (IngestResult), or the body could not be read (Error).',
            content: {
              'application/json': {
                schema: {
                  oneOf: [
                    { $ref: '#/components/schemas/IngestResult' },
                    { $ref: '#/components/schemas/Error' },
                  ],
                },
              },
            },
          },
          ...errorResponses('401', '403', '413', '415', '429', '500', '503'),
        },
      },
    },
    ...authorizationPaths,
    '/v1/whoami': {
      get: {
        operationId: 'whoami',
        summary: 'What this key is, and which labels its events will carry',
        responses: {
          '200': {
            description: 'The caller.',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Whoami' } } },
          },
          ...errorResponses('401', '403'),
        },
      },
    },
    ...publicPaths({
      '/health/live': 'The process answers',
      '/health/ready': 'It makes progress: 200, or 503 with the probe that is red',
      '/metrics': 'Prometheus metrics',
      '/openapi.json': 'This document',
    }),
  },
  components: {
    securitySchemes: {
      key: {
        type: 'http',
        scheme: 'bearer',
        description: 'The secret of an API key: mlk_…, or the admin token.',
      },
    },
    schemas: {
      UsageEvent: usageEvent,
      UsageCloudEvent: {
        type: 'object',
        description: 'CloudEvents 1.0: id is the request_id, time the timestamp, data the rest.',
        required: ['specversion', 'id', 'source', 'type'],
        properties: {
          specversion: { const: '1.0' },
          id: { type: 'string', minLength: 1, maxLength: USAGE_BOUNDS.maxIdLength },
          source: { type: 'string', minLength: 1 },
          type: { const: USAGE_EVENT_TYPE },
          time: { type: 'string', format: 'date-time' },
          datacontenttype: { type: 'string' },
          data: { type: 'object' },
          data_base64: { type: 'string' },
        },
      },
      ...authorizationSchemas,
      IngestResult: {
        type: 'object',
        required: ['accepted', 'rejected'],
        properties: {
          accepted: { type: 'integer', minimum: 0 },
          rejected: {
            type: 'array',
            items: {
              type: 'object',
              required: ['index', 'request_id', 'code', 'message', 'field'],
              properties: {
                index: { type: 'integer', description: 'Position in the request, from 0.' },
                request_id: { type: ['string', 'null'] },
                code: { type: 'string', enum: [...REJECTION_REASONS] },
                message: { type: 'string', description: 'What is wrong and what to do.' },
                field: { type: ['string', 'null'] },
              },
            },
          },
        },
      },
      Whoami: {
        type: 'object',
        required: ['kind', 'may_send_for_others'],
        properties: {
          kind: { enum: ['admin', 'api_key'] },
          api_key_id: { type: 'string' },
          team: { type: ['string', 'null'] },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
          labels_from: { enum: ['registry', 'event'] },
          may_send_for_others: { type: 'boolean' },
          expires_at: { type: ['string', 'null'], format: 'date-time' },
          complete: {
            type: 'boolean',
            description:
              'False: the key lacks a required label, or has one that a label policy does not allow, and cannot send yet.',
          },
        },
      },
      Error: ERROR_SCHEMA,
    },
  },
}

function publicPaths(summaries: Readonly<Record<string, string>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(summaries).map(([path, summary]) => [
      path,
      { get: { summary, security: [], responses: { '200': { description: summary } } } },
    ]),
  )
}
