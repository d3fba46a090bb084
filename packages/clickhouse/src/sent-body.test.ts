import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'

import { createClickhouse } from './clickhouse.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('a body that was sent is not kept while its connection idles', async () => {
  const received: number[] = []
  const server = createServer((request, response) => {
    let bytes = 0
    request.on('data', (chunk: Buffer) => (bytes += chunk.length))
    request.on('end', () => {
      received.push(bytes)
      response.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clickhouse = createClickhouse({
    url: `http://127.0.0.1:${port}`,
    database: 'd',
    username: 'u',
    password: '',
  })
  const sent = await send(clickhouse)
  try {
    expect(received).toEqual([3_000_000])
    await expect
      .poll(
        () => {
          collect()
          return sent.map((each) => each.deref()?.length)
        },
        // Idle connections are closed after 2.5 s.
        { timeout: 1_500 },
      )
      .toEqual([undefined, undefined, undefined])
  } finally {
    await clickhouse.close()
    server.close()
  }
})

async function send(clickhouse: ReturnType<typeof createClickhouse>): Promise<WeakRef<Buffer>[]> {
  const pieces = Array.from({ length: 3 }, () => Buffer.alloc(1_000_000))
  const refs = pieces.map((piece) => new WeakRef(piece))
  await clickhouse.send('INSERT', pieces)
  return refs
}
