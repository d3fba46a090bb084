import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'

import { answerIn, RawConnection, rawPost } from './raw-connection.ts'

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function exchange(
  connection: RawConnection,
  request: Buffer,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    connection.send(request, (answer, error) => {
      if (answer === undefined) reject(error ?? new Error('no answer'))
      else
        resolve({
          status: answer.status,
          body: answer.bytes.toString('utf8', answer.bodyStart, answer.bodyEnd),
        })
    })
  })
}

test('one request after the other over one connection; an answer may come in pieces', async () => {
  const ports = new Set<number | undefined>()
  const url = await serve((request, response) => {
    ports.add(request.socket.remotePort)
    let body = ''
    request.on('data', (chunk) => void (body += String(chunk)))
    request.on('end', () => {
      const said = `${request.headers.authorization} said ${body}`
      response.writeHead(202, { 'content-length': said.length })
      response.write(said.slice(0, 5))
      void turn().then(() => response.end(said.slice(5)))
    })
  })
  const connection = new RawConnection(url)
  for (const body of ['{"a":1}', '{"b":22}']) {
    const { bytes } = rawPost(url, { path: '/', secret: 'key', body: Buffer.from(body) })
    expect(await exchange(connection, bytes)).toEqual({ status: 202, body: `Bearer key said ${body}` })
    expect(connection.isFree).toBe(true)
  }
  expect(ports.size).toBe(1)
  connection.close()
})

test('a connection that is cut tells so, now and for every request to come', async () => {
  const url = await serve((request) => request.socket.destroy())
  const connection = new RawConnection(url)
  const { bytes } = rawPost(url, { path: '/', secret: 'key', body: Buffer.from('{}') })
  await expect(exchange(connection, bytes)).rejects.toThrow(/ECONNRESET|socket hang up|closed the connection/)
  await expect(exchange(connection, bytes)).rejects.toThrow(/ECONNRESET|socket hang up|closed the connection/)
})

test('an answer is whole when as many bytes are there as it says', () => {
  const text = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  for (let end = 0; end < text.length; end++)
    expect(answerIn(Buffer.from(text.slice(0, end)))).toBeUndefined()
  expect(answerIn(Buffer.from(text))).toMatchObject({ status: 200, bodyEnd: text.length })
})
