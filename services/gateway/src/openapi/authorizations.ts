import { USAGE_BOUNDS } from '@meterline/domain'

import { AUTHORIZE } from '../authorize/bounds.ts'
import { errorResponses } from './error-responses.ts'

const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const json = (name: string) => ({ 'application/json': { schema: schema(name) } })
const apiKey = {
  type: 'string',
  description: 'Whose credits: for callers that may send for others. Left out: the caller.',
}

export const authorizationPaths = {
  '/v1/authorizations': {
    post: {
      operationId: 'postAuthorization',
      summary: 'May this key spend about that much?',
      description:
        "All three decisions are 200; other statuses mean that there is no decision. An allowed amount is reserved at every level of the key's path, or at none, until the usage event with the same request_id settles it, it is released, or it expires. Asking the same gateway again with the same request_id gives the same reservation; asking another makes a second one.",
      requestBody: { required: true, content: json('AuthorizationRequest') },
      responses: {
        '200': {
          description: 'The decision.',
          headers: {
            'retry-after': { schema: { type: 'integer' }, description: 'Seconds; with `throttle`.' },
          },
          content: json('Authorization'),
        },
        '400': { description: 'The body is not as described; the field is named.', content: json('Error') },
        '422': {
          description: 'The estimate cannot be rated, or the key is not known or not active.',
          content: json('Error'),
        },
        ...errorResponses('401', '403', '413', '500'),
      },
    },
  },
  '/v1/authorizations/{request_id}': {
    delete: {
      operationId: 'deleteAuthorization',
      summary: 'Release a reservation: no call was made',
      parameters: [
        { name: 'request_id', in: 'path', required: true, schema: { type: 'string' } },
        {
          name: 'reservation',
          in: 'query',
          required: false,
          schema: {
            type: 'string',
            description:
              'The `reservation.id` of the answer. With it any gateway can be asked; without it only the one that made the reservation.',
          },
        },
        { name: 'api_key', in: 'query', required: false, schema: apiKey },
      ],
      responses: {
        '200': {
          description: 'It is free again.',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['request_id', 'released'],
                properties: { request_id: { type: 'string' }, released: { const: true } },
              },
            },
          },
        },
        '202': {
          description:
            'Another gateway made it, and has been told; as a rule the credits are free again within a second. A request that was asked again since keeps its reservation until it expires.',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['request_id', 'released', 'passed_on_to'],
                properties: {
                  request_id: { type: 'string' },
                  released: { const: false },
                  passed_on_to: { type: 'string', description: 'The gateway that the id begins with.' },
                },
              },
            },
          },
        },
        '400': { description: '`reservation` is not the id of a reservation.', content: json('Error') },
        '404': {
          description:
            'This gateway holds nothing for it: settled, released, expired, or made by another gateway and asked for without its id. `error.gateway` says who answered; the id of a reservation begins with the gateway that made it.',
          content: json('Error'),
        },
        ...errorResponses('401', '403', '429', '500', '503'),
      },
    },
  },
} as const

const credits = { type: ['number', 'null'] }
const id = { type: 'string', minLength: 1, maxLength: USAGE_BOUNDS.maxIdLength }

export const authorizationSchemas = {
  AuthorizationRequest: {
    type: 'object',
    additionalProperties: false,
    required: ['request_id', 'model'],
    oneOf: [{ required: ['credits'] }, { required: ['estimated_units'] }],
    properties: {
      request_id: { ...id, description: 'That of the usage event to come.' },
      model: id,
      provider: { ...id, description: 'Left out: the dearest that has the model.' },
      service_tier: { type: 'string', default: 'standard' },
      api_key: apiKey,
      user_id: { type: 'string', description: 'As the usage event will state it.' },
      credits: { type: 'number', minimum: 0 },
      estimated_units: {
        type: 'object',
        maxProperties: USAGE_BOUNDS.maxUnits,
        additionalProperties: { type: 'number', minimum: 0, maximum: USAGE_BOUNDS.maxUnitAmount },
        description: 'The most the call may take, rated with the rates of now.',
      },
      usage_labels: {
        type: 'object',
        maxProperties: USAGE_BOUNDS.maxLabels,
        additionalProperties: { type: 'string', maxLength: USAGE_BOUNDS.maxLabelLength },
        description:
          "As the usage event will carry them: held against the key's labels and the label policies, as the event would be. Left out: not looked at.",
      },
      ttl_seconds: {
        type: 'number',
        minimum: AUTHORIZE.minReservationMs / 1_000,
        default: AUTHORIZE.defaultReservationMs / 1_000,
      },
    },
  },
  Authorization: {
    type: 'object',
    required: ['decision', 'request_id', 'limit', 'reservation'],
    properties: {
      decision: { enum: ['allow', 'throttle', 'deny'] },
      request_id: { type: 'string' },
      reservation: { oneOf: [schema('Reservation'), { type: 'null' }] },
      limit: {
        oneOf: [schema('LimitStanding'), { type: 'null' }],
        description: 'The limit that refused; with `allow` the one with the least left.',
      },
      code: {
        enum: [
          'hard_cap',
          'blocked',
          'model_not_allowed',
          'contradicting_label',
          'label_missing',
          'label_not_allowed',
          'rate_limited',
          'credits_held',
          'owner_unreachable',
          'too_many_reservations',
          'too_many_waiting',
        ],
        description: 'Why not: with `deny` and `throttle`.',
      },
      message: { type: 'string' },
      field: { type: 'string', description: 'The label that refused, such as `usage_labels.feature`.' },
      rule: {
        type: ['object', 'null'],
        description: 'The block, model list or rate that refused.',
        properties: { id: { type: 'string' }, scope: { type: 'string' } },
      },
      retry_after_seconds: { type: ['integer', 'null'] },
      ask_for_more: {
        type: ['object', 'null'],
        description: 'The command of the control API that asks for more.',
        properties: {
          method: { const: 'POST' },
          path: { const: '/v1/requests' },
          kind: { enum: ['boost', 'top_up'] },
          subject: { type: 'string' },
        },
      },
    },
  },
  Reservation: {
    type: 'object',
    required: ['id', 'credits', 'expires_at', 'ttl_seconds', 'state', 'unverified'],
    properties: {
      id: { type: 'string', description: 'The gateway that made it, a point, and a number.' },
      credits: { type: 'number' },
      expires_at: { type: 'string', format: 'date-time' },
      ttl_seconds: { type: 'number' },
      state: { enum: ['open', 'settled'] },
      unverified: {
        type: 'array',
        items: { type: 'string' },
        description: 'Scopes that nobody answered for, and whose limit fails open.',
      },
    },
  },
  LimitStanding: {
    type: 'object',
    required: ['id', 'source', 'level', 'scope', 'period', 'limit_credits', 'resets_at', 'fails'],
    properties: {
      id: { type: 'string' },
      source: { enum: ['limit', 'allocation'] },
      level: { enum: ['individual', 'group', 'workspace', 'allocation'] },
      scope: { type: 'string' },
      period: { enum: ['day', 'month'] },
      limit_credits: { type: 'number' },
      used_credits: { ...credits, description: 'As metered; null while the owner has said nothing.' },
      remaining_credits: credits,
      resets_at: { type: 'string', format: 'date-time' },
      fails: { enum: ['open', 'closed'] },
    },
  },
} as const
