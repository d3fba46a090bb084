import { z } from 'zod'

/** Every answer that is no success, as `ApiError` makes it. */
export const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string' },
        message: { type: 'string', description: 'What is wrong and what to do.' },
        field: {
          type: 'string',
          description: 'Path of what is wrong in the request, where it is one field.',
        },
        hint: { type: 'string' },
      },
      additionalProperties: { description: 'Further facts, such as both versions of a conflict.' },
    },
  },
} as const

/** An answer of that shape: `components.schemas.Error` has to be `ERROR_SCHEMA`. */
export function errorResponse(description: string): object {
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }
}

/** `/v1/keys/:id` as OpenAPI writes it: `/v1/keys/{id}`. */
export function openApiPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}

/** `GET /v1/keys/:id` is `getKeysById`. */
export function operationId({ method, path }: { readonly method: string; readonly path: string }): string {
  const words = path.replace('/v1/', '').replaceAll(':', 'by-').split(/[/-]/)
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

export function pathParameters(path: string): readonly object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

export function queryParameters(query: z.ZodType | undefined): readonly object[] {
  if (!(query instanceof z.ZodObject)) return []
  const { properties = {} } = jsonSchema(query) as { properties?: Record<string, object> }
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }))
}

/** What a request may hold, by the schema that parses it. */
export function jsonSchema(schema: z.ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}
