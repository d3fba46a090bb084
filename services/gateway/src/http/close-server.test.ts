import fastify from 'fastify'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'

import { createInFlight } from '../bounds/in-flight.ts'
import { memoryGateway } from '../testing/memory-gateway.ts'
import { closeServer } from './close-server.ts'

const SOON_MS = 2_000

test('a connection that was opened and never used does not hold back the end; a request under way is answered', async () => {
  const inFlight = createInFlight(1_000)
  const server = fastify({ forceCloseConnections: 'idle' })
  const answer = Promise.withResolvers<string>()
  server.get('/slow', () => answer.promise)
  await server.listen({ host: '127.0.0.1', port: 0 })
  const { port } = server.server.address() as AddressInfo

  const unused = connect(port, '127.0.0.1')
  await once(unused, 'connect')
  const leave = inFlight.enter(1)
  const begun = once(server.server, 'request')
  const request = fetch(`http://127.0.0.1:${port}/slow`).then((response) => response.text())
  await begun

  const closed = closeServer(server, inFlight).then(() => 'closed')
  expect(await Promise.race([closed, sleep(100, 'waiting')])).toBe('waiting')
  answer.resolve('done')
  leave()
  expect(await request).toBe('done')
  expect(await Promise.race([closed, sleep(SOON_MS, 'hung')])).toBe('closed')
  unused.destroy()
})

test('a request on a connection that was open before the end began is answered as ever, not with a bare 503', async () => {
  const { server, secrets } = memoryGateway()
  await server.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1')
  let said = ''
  socket.on('data', (bytes: Buffer) => (said += bytes.toString()))
  await Promise.all([once(socket, 'connect'), once(server.server, 'connection')])
  const closed = server.close()
  await sleep(50)
  socket.write(
    `GET /v1/whoami HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${secrets.registry}\r\n\r\n`,
  )
  await Promise.all([closed, once(socket, 'close')])
  expect(said).toMatch(/^HTTP\/1\.1 200/)
})
