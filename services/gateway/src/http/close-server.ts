import type { FastifyInstance } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'

import type { InFlight } from '../bounds/in-flight.ts'

const LOOK_MS = 20

/**
 * Takes no more connections, answers what was begun, then cuts what is left: a client may have opened a connection that it never
 * used, and Node counts such a one neither as idle nor as done.
 */
export async function closeServer(server: FastifyInstance, inFlight: InFlight): Promise<void> {
  const closed = server.close()
  // The requests under way are bounded by their write deadline, and so is this.
  while (inFlight.bytes() > 0) await sleep(LOOK_MS)
  // One more look, for the answers that are being written to their sockets.
  await sleep(LOOK_MS)
  server.server.closeAllConnections()
  await closed
}
