import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'

import type { MemoryGateway } from '../testing/memory-gateway.ts'

const ANSWER_DEADLINE_MS = 5_000
const QUIET_MS = 150

/**
 * Writes bytes to the gateway's own socket and reads until it closes, or is quiet after an answer: what a client library
 * would never send. The gateway has to be listening.
 */
export async function rawExchange({ server }: MemoryGateway, request: string): Promise<string> {
  const { port } = server.server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1' })
  let answer = ''
  await new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error(`no answer; so far: ${answer}`)), ANSWER_DEADLINE_MS)
    let quiet: NodeJS.Timeout | undefined
    const done = (): void => {
      clearTimeout(deadline)
      clearTimeout(quiet)
      resolve()
    }
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      clearTimeout(quiet)
      quiet = setTimeout(done, QUIET_MS)
    })
    socket.on('close', done)
    // A reset after a refusal: what was answered before counts.
    socket.on('error', done)
    socket.write(request, 'latin1')
  })
  socket.destroy()
  return answer
}

export function statusesIn(answer: string): number[] {
  return [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status))
}
