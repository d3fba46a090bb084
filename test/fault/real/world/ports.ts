import { assertPortsFree } from '@meterline/local-stack'

/**
 * Below the range from which the system gives ports to clients: while a server is dead, a client that looks for it must not be
 * given its port, or the server cannot come back.
 */
const FIRST_PORT = 21_000
const LAST_PORT = 21_499

/** Ports that nobody listens on, from a random place in the range on: several runs on one machine do not meet. */
export async function findServerPorts(count: number): Promise<number[]> {
  const range = LAST_PORT - FIRST_PORT + 1
  const start = Math.floor(Math.random() * range)
  const found: number[] = []
  for (let step = 0; step < range && found.length < count; step += 1) {
    const port = FIRST_PORT + ((start + step) % range)
    if (await isFree(port)) found.push(port)
  }
  if (found.length < count)
    throw new Error(`fewer than ${count} ports are free from ${FIRST_PORT} to ${LAST_PORT}`)
  return found
}

async function isFree(port: number): Promise<boolean> {
  try {
    await assertPortsFree({ 'the fault suite': port })
    return true
  } catch {
    return false
  }
}
