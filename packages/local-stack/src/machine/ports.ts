import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { StackError } from '../errors.ts'

const loopback = '127.0.0.1'

/** Throws `PORT_TAKEN` when something listens on one of these ports already. Keys say what the port is for. */
export async function assertPortsFree(ports: Readonly<Record<string, number>>): Promise<void> {
  for (const [purpose, port] of Object.entries(ports)) {
    const server = await listen(port).catch((cause: unknown) => {
      throw new StackError(
        'PORT_TAKEN',
        `Port ${port} for ${purpose} is already in use; stop the program that uses it or choose another port.`,
        { cause },
      )
    })
    await close(server)
  }
}

/** Ports the operating system calls free now. All are held until the last is known, so that they differ. */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(close))
  return ports
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port, host: loopback, exclusive: true }, () => resolve(server))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}
