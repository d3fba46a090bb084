import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'

import { createRegistryClient } from './registry-client.ts'

let server: Server | undefined
afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

async function registryThatAnswers(answer: Parameters<typeof createServer>[1]) {
  server = createServer({}, answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return createRegistryClient({ url: `http://127.0.0.1:${address.port}` })
}

test('an answer that breaks off is tried again: the schema is not unknown for it', async () => {
  const client = await registryThatAnswers((_request, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('{"schema":', () => response.destroy())
  })
  await expect(client.schemaById(1)).rejects.toMatchObject({ code: 'registry_unreachable', retryable: true })
})

test('a page in place of an answer is refused, and not tried again', async () => {
  const client = await registryThatAnswers((_request, response) => response.end('<html>Sign in</html>'))
  await expect(client.schemaById(1)).rejects.toMatchObject({ code: 'registry_refused', retryable: false })
})

test('only the registry itself can say that it does not know a schema', async () => {
  const client = await registryThatAnswers((request, response) => {
    const isKnownPath = request.url === '/schemas/ids/1'
    const body = isKnownPath ? '{"error_code":40403,"message":"Schema not found"}' : '<html>Not found</html>'
    response.writeHead(404).end(body)
  })
  await expect(client.schemaById(1)).rejects.toMatchObject({ code: 'schema_not_found' })
  await expect(client.schemaById(2)).rejects.toMatchObject({ code: 'registry_refused' })
})
