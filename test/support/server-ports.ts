import { assertPortsFree } from '@meterline/local-stack'

/**
 * Below the range from which the system gives ports to clients: while a server is dead or not up yet, a client, of this test or
 * of the one beside it, must not be given its port.
 */
const FIRST_PORT = 21_000
const LAST_PORT = 24_999
/** Test files run side by side: each worker takes ports that no other worker of the run takes. */
const LANES = 4
const LANE = Number(process.env['VITEST_POOL_ID'] ?? 0) % LANES

/** Some are found now and used later, or again. */
const given = new Set<number>()

/** Ports that nobody listens on, from a random place in the range on: several runs on one machine do not meet. */
export async function findServerPorts(count: number): Promise<number[]> {
  const places = Math.floor((LAST_PORT - FIRST_PORT + 1) / LANES)
  const start = Math.floor(Math.random() * places)
  const found: number[] = []
  for (let step = 0; step < places && found.length < count; step += 1) {
    const port = FIRST_PORT + ((start + step) % places) * LANES + LANE
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    found.push(port)
  }
  if (found.length < count)
    throw new Error(`fewer than ${count} ports are free from ${FIRST_PORT} to ${LAST_PORT}`)
  return found
}

async function isFree(port: number): Promise<boolean> {
  try {
    await assertPortsFree({ 'a test': port })
    return true
  } catch {
    return false
  }
}
