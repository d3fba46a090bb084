import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { assertPortsFree, findFreePorts } from './ports.ts'

it('finds as many different free ports as asked for', async () => {
  const ports = await findFreePorts(5)
  expect(new Set(ports).size).toBe(5)
  await assertPortsFree({ Kafka: ports[0] ?? 0 })
})

it('says in one sentence which port is taken, and for what', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await expect(assertPortsFree({ Kafka: port })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    retryable: false,
    message: `Port ${port} for Kafka is already in use; stop the program that uses it or choose another port.`,
  })
  server.close()
})
