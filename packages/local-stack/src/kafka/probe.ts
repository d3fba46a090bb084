import { connect } from 'node:net'

const timeoutMs = 1_000
const correlationId = 1

/*
 * A Metadata request, version 4, for no topic at all (Kafka protocol guide, "Metadata API"):
 * size, api key 3, api version 4, correlation id, null client id, empty topic array, do not create topics.
 */
const metadataRequest = Buffer.from([
  0,
  0,
  0,
  15,
  0,
  3,
  0,
  4,
  0,
  0,
  0,
  correlationId,
  0xff,
  0xff,
  0,
  0,
  0,
  0,
  0,
])
/** In the answer: size, correlation id, throttle time, then the array of brokers, which begins with its length. */
const brokerCountOffset = 12

/**
 * How many brokers the cluster counts as alive, asked at one of them. An open port is not enough: a broker listens
 * before the controller lets it take part, and topics created then are refused.
 */
export function countLiveBrokers(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: timeoutMs })
    let answer = Buffer.alloc(0)
    const settle = (done: () => void): void => {
      socket.destroy()
      done()
    }
    socket.on('connect', () => socket.write(metadataRequest))
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      if (answer.length >= brokerCountOffset + 4) settle(() => resolve(answer.readInt32BE(brokerCountOffset)))
    })
    socket.on('timeout', () =>
      settle(() => reject(new Error(`no answer from port ${port} in ${timeoutMs} ms`))),
    )
    socket.on('error', (error) => settle(() => reject(error)))
    socket.on('close', () => reject(new Error(`port ${port} closed the connection`)))
  })
}
