import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'

// Each of these fails with kafkajs 2.2.4 as published; see patches/README.md for what happens then.

let server: Server
const sockets: Socket[] = []
let opened = 0
/** The one opened last, at the client's end. */
let clientSocket: Socket | undefined
afterEach(closeServer)
async function closeServer(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
}

test('those who connect at the same time share one socket', async () => {
  const connection = await connectionTo(() => undefined)
  await Promise.all([connection.connect(), connection.connect(), connection.connect()])
  await connection.connect()
  expect(opened).toBe(1)
  await connection.disconnect()
})

test('half a response that a broken connection left does not stand before the next one’s', async () => {
  const connection = await connectionTo((socket, request) => {
    if (sockets.length > 1) socket.write(answerTo(request))
    // As of a broker that is killed in the middle of an answer.
    else socket.end(answerTo(request, 500).subarray(0, 40))
  })
  await connection.connect()
  await expect(connection.send(CALL)).rejects.toMatchObject({ name: 'KafkaJSConnectionClosedError' })
  await connection.connect()
  expect(await connection.send(CALL)).toBe('answer')
  await connection.disconnect()
})

test('a request that goes out while its connection is closing has an end, too', async () => {
  // Which turn of the event loop it has to be is the client's own affair: one of these.
  for (let turns = 0; turns < 12; turns += 1) {
    const connection = await connectionTo(() => undefined)
    await connection.connect()
    const sending = sendLater(connection)
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
    await connection.disconnect()
    // Longer than the request's own time.
    expect(await Promise.race([sending, sleep(900, 'no end')]), `after ${turns} turns`).toBe('rejected')
    await closeServer()
  }
}, 30_000)

test('a connection that is closed stays closed for those who send while it is closed once more', async () => {
  const connection = await connectionTo(() => undefined)
  await connection.connect()
  for (const socket of sockets) socket.destroy()
  await sleep(50)
  for (let turns = 0; turns < 12; turns += 1) {
    const sending = sendLater(connection)
    const closing = connection.disconnect()
    const alsoSending = connection.send(CALL).catch(() => 'rejected')
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
    const closingAgain = connection.disconnect()
    for (const each of [sending, alsoSending])
      expect(await Promise.race([each, sleep(900, 'no end')]), `after ${turns} turns`).toBe('rejected')
    await closing
    await closingAgain
  }
}, 30_000)

test('a connection whose broker is gone may be closed any number of times, and listens for nothing', async () => {
  const connection = await connectionTo(() => undefined)
  await connection.connect()
  for (const socket of sockets) socket.destroy()
  await sleep(50)
  const listening = clientSocket?.listenerCount('connect')
  for (let times = 0; times < 12; times += 1) await connection.disconnect()
  expect(clientSocket?.destroyed).toBe(true)
  expect(clientSocket?.listenerCount('connect')).toBe(listening)
})

/** A request that is being encoded while the connection closes. */
function sendLater(connection: Connection): Promise<unknown> {
  const request = { ...CALL.request, encode: () => Promise.resolve().then(CALL.request.encode) }
  return connection.send({ ...CALL, request }).catch(() => 'rejected')
}

interface Connection {
  connect(): Promise<unknown>
  disconnect(): Promise<unknown>
  send(call: typeof CALL): Promise<unknown>
}

const HEADER_BYTES = 8
/** A request without content, in the client's own shape; its answer is text. */
const CALL = {
  request: {
    apiKey: 18,
    apiVersion: 0,
    apiName: 'ApiVersions',
    encode: () => Promise.resolve({ buf: Buffer.alloc(0), buffer: Buffer.alloc(0), size: () => 0 }),
  },
  response: {
    decode: async (payload: Buffer) => payload,
    parse: async (payload: Buffer) => payload.toString(),
  },
  requestTimeout: 300,
}

/** `size correlation-id text`; `bytes` more than there is text for make it one that does not end. */
function answerTo(request: Buffer, bytes = 0): Buffer {
  const text = Buffer.from('answer'.padEnd(bytes, '.'))
  const answer = Buffer.alloc(HEADER_BYTES + text.length)
  answer.writeInt32BE(4 + text.length, 0)
  request.copy(answer, 4, HEADER_BYTES, HEADER_BYTES + 4)
  text.copy(answer, HEADER_BYTES)
  return answer
}

async function connectionTo(onRequest: (socket: Socket, request: Buffer) => unknown): Promise<Connection> {
  opened = 0
  server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (request) => onRequest(socket, request))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return new KafkaConnection({
    host: '127.0.0.1',
    port,
    clientId: 'test',
    logger: QUIET,
    socketFactory: ({ onConnect }) => {
      opened += 1
      return (clientSocket = connect({ host: '127.0.0.1', port }, onConnect))
    },
    requestTimeout: 300,
    connectionTimeout: 1_000,
    enforceRequestTimeout: true,
  })
}

const silent = (): void => undefined
const QUIET = { debug: silent, info: silent, warn: silent, error: silent, namespace: () => QUIET }
const KafkaConnection = createRequire(import.meta.url)('kafkajs/src/network/connection') as new (options: {
  readonly host: string
  readonly port: number
  readonly clientId: string
  readonly logger: object
  readonly socketFactory: (options: { readonly onConnect: () => void }) => Socket
  readonly requestTimeout: number
  readonly connectionTimeout: number
  readonly enforceRequestTimeout: boolean
}) => Connection
