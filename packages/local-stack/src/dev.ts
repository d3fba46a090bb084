import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { generateCredentials } from './clickhouse/credentials.ts'
import { startClickhouse } from './clickhouse/start-clickhouse.ts'
import { startKafka } from './kafka/start-kafka.ts'
import type { SupervisorEvent } from './supervise/events.ts'

const { values } = parseArgs({
  options: {
    dir: { type: 'string', default: '.meterline/dev' },
    'kafka-port': { type: 'string', default: '9092' },
    'clickhouse-port': { type: 'string', default: '8123' },
    'tcp-port': { type: 'string', default: '9000' },
  },
})
const dir = resolve(values.dir)
const kafkaPort = Number(values['kafka-port'])
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
const onEvent = (event: SupervisorEvent): void => say(event)
const credentials = generateCredentials()

const kafka = await startKafka({
  port: kafkaPort,
  controllerPort: kafkaPort + 1,
  dataDir: join(dir, 'kafka'),
  logFile: join(dir, 'kafka.log'),
  cacheDir: resolve(import.meta.dirname, '../../../.meterline/cache'),
  onEvent,
})
const clickhouse = await startClickhouse({
  httpPort: Number(values['clickhouse-port']),
  tcpPort: Number(values['tcp-port']),
  dataDir: join(dir, 'clickhouse'),
  logFile: join(dir, 'clickhouse.log'),
  credentials,
  onEvent,
})
say({ broker: kafka.broker, clickhouse: clickhouse.url, user: 'meterline', ...credentials })

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void Promise.all([kafka.stop(), clickhouse.stop()]))
}
