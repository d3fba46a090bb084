import { NOW_MS } from '../testing/memory-gateway.ts'
import type { MemoryGateway } from '../testing/memory-gateway.ts'
import { send } from '../testing/send.ts'

/** The text of an event whose other fields are in order; `fields` is JSON text, so that it may be what no object can be. */
export function eventText(fields = ''): string {
  const known = `"request_id":"r1","timestamp":${NOW_MS},"provider":"openai","model_name":"gpt-5-mini","operation_type":"completion"`
  return `{${known}${fields.includes('"units"') ? '' : ',"units":{"tokens_input":10}'}${fields === '' ? '' : `,${fields}`}}`
}

export async function postBody(
  { server, secrets }: MemoryGateway,
  payload: Buffer | string,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await send(server, {
    method: 'POST',
    url: '/v1/events',
    headers: {
      authorization: `Bearer ${secrets.registry}`,
      'content-type': 'application/json',
      ...headers,
    },
    payload,
  })
  return { status: response.statusCode, text: response.body }
}
