import { mintSecret } from '@meterline/contract'
import { beforeEach, expect, test } from 'vitest'

import { ADMIN_TOKEN, memoryGateway } from '../testing/memory-gateway.ts'
import type { MemoryGateway } from '../testing/memory-gateway.ts'
import { eventText, postBody } from './post-body.ts'

let lines: string[]
let gateway: MemoryGateway
beforeEach(() => {
  lines = []
  gateway = memoryGateway({ logTo: { write: (line) => void lines.push(line) } })
})

const { secret: strange } = mintSecret()

test('no secret of a header, a body or bad JSON is in the log, down to its last level', async () => {
  const own = gateway.secrets.registry
  const inHeaders: Record<string, string>[] = [
    {},
    { authorization: `Bearer ${strange}` },
    { authorization: strange },
    { authorization: `Basic ${Buffer.from(`user:${strange}`).toString('base64')}` },
    { authorization: `Bearer ${ADMIN_TOKEN}` },
    { 'x-api-key': strange, cookie: `session=${strange}` },
    { 'content-encoding': strange },
    { 'content-type': strange },
    { 'ce-specversion': '1.0', 'ce-id': strange },
  ]
  const bodies = [
    eventText(),
    eventText(`"${strange}":1`),
    eventText(`"usage_labels":{"authorization":"Bearer ${strange}"},"user_id":"${strange}"`),
    eventText(`"api_key_id":"${own}"`),
    `{"authorization": ${strange}}`,
    `[${strange}`,
    strange,
    `{"a":"Bearer ${own}"`,
  ]
  for (const headers of inHeaders) for (const body of bodies) await postBody(gateway, body, headers)
  gateway.failWith('unavailable')
  await postBody(gateway, eventText(`"user_id":"${strange}"`))

  const log = lines.join('')
  expect(lines.length).toBeGreaterThan(20)
  for (const secret of [own, strange, ADMIN_TOKEN]) {
    expect(log).not.toContain(secret)
    // Nor its secret part, nor as base64.
    expect(log).not.toContain(secret.slice(-20))
    expect(log).not.toContain(Buffer.from(`user:${secret}`).toString('base64').slice(0, 40))
  }
})

test('what a sender writes forges no line of the log', async () => {
  const forged = JSON.stringify('x\n{"level":"fatal","msg":"forged"}\r\n\u001B[2J')
  await postBody(gateway, eventText(`"api_key_id":${forged}`), { authorization: `Bearer ${ADMIN_TOKEN}` })
  await postBody(gateway, eventText(`${forged}:1`))
  await postBody(gateway, eventText(`"user_id":${forged}`))
  gateway.failWith('unavailable')
  await postBody(gateway, eventText(`"user_id":${forged}`))
  expect(lines.length).toBeGreaterThan(3)
  for (const line of lines) {
    expect(line.indexOf('\n')).toBe(line.length - 1)
    expect(JSON.parse(line)).toMatchObject({ name: 'gateway' })
    expect(line).not.toContain('forged')
  }
})
