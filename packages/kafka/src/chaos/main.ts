import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { findFreePorts, startKafkaCluster } from '@meterline/local-stack'
import { runChaos } from './run-chaos.ts'

// The long version of the chaos test, by hand: node packages/kafka/src/chaos/main.ts --brokers 3 --seconds 120 --seed 7
const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: '3' },
    members: { type: 'string', default: '3' },
    partitions: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '450' },
    verbose: { type: 'boolean', default: false },
  },
})
const brokerCount = Number(values.brokers)
const directory = await mkdtemp(path.join(tmpdir(), 'meterline-chaos-'))
const ports = await findFreePorts(brokerCount * 2)
const cluster = await startKafkaCluster({
  ports: Array.from({ length: brokerCount }, (_, i) => ({
    port: ports[2 * i]!,
    controllerPort: ports[2 * i + 1]!,
  })),
  dir: directory,
  cacheDir: path.resolve(import.meta.dirname, '../../../../.meterline/cache'),
  settings: { 'log.cleaner.backoff.ms': '500' },
})
try {
  const result = await runChaos({
    brokers: cluster.brokers,
    run: 'chaos',
    seed: Number(values.seed),
    directory,
    members: Number(values.members),
    partitions: Number(values.partitions),
    replicationFactor: Math.min(3, brokerCount),
    recordsPerSecond: Number(values.rate),
    durationMs: Number(values.seconds) * 1_000,
    restartBroker: async (random) => {
      const node = cluster.nodes[Math.floor(random() * brokerCount)]!
      await node.killHard()
      await node.ready()
    },
    ...(values.verbose ? { onLine: (line: string) => void process.stderr.write(`${line}\n`) } : {}),
  })
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)
  if (result.problems.length > 0) process.exitCode = 1
} finally {
  await cluster.stop()
  await rm(directory, { recursive: true, force: true })
}
