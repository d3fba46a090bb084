import fastify from 'fastify'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'

import { createInFlight } from '../bounds/in-flight.ts'
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
  const request = fetch(`http://127.0.0.1:${port}/slow`).then((response) => response.text())
  await sleep(50)

  const closed = closeServer(server, inFlight).then(() => 'closed')
  expect(await Promise.race([closed, sleep(100, 'waiting')])).toBe('waiting')
  answer.resolve('done')
  leave()
  expect(await request).toBe('done')
  expect(await Promise.race([closed, sleep(SOON_MS, 'hung')])).toBe('closed')
  unused.destroy()
})
