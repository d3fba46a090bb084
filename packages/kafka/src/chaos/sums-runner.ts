import { parseArgs } from 'node:util'
import { createKafkaClient, runPartitions, topologyHandler } from '../index.ts'
import { GROUP_LOST, sumsTopology } from './sums-topology.ts'

// One process of a chaos run: works until it is killed, and says on stdout what happens to it.
const { values } = parseArgs({
  options: {
    brokers: { type: 'string', default: '' },
    run: { type: 'string', default: '' },
    member: { type: 'string', default: '' },
    directory: { type: 'string', default: '' },
  },
})
const topics = {
  input: `${values.run}.in`,
  output: `${values.run}.out`,
  changelog: `${values.run}.changelog`,
}
const definition = sumsTopology(values.run, topics)
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line, errorText)}\n`)
const client = createKafkaClient({ brokers: values.brokers.split(','), clientId: values.member })
const run = await runPartitions({
  client,
  groupId: definition.name,
  topic: definition.inputTopic,
  transactionalIdPrefix: definition.name,
  writesTo: definition.writesTo,
  createHandler: (partition) => topologyHandler(client, definition, partition),
  onEvent: (event) => {
    if (event.kind !== 'batch' && event.kind !== 'committed')
      say({ at: Date.now(), member: values.member, ...event })
  },
  onFatal: (error) => {
    say({ fatal: error })
    process.exit(GROUP_LOST)
  },
  memberDirectory: `${values.directory}/${values.member}`,
  sessionTimeoutMs: 6_000,
  // Small batches: many transactions to be killed in.
  maxRecordsPerBatch: 50,
  minBatchIntervalMs: 5,
})
process.on('message', () => say({ at: Date.now(), member: values.member, progress: [...run.progress()] }))
process.channel?.unref()
process.once('SIGTERM', () => {
  void run.stop().then(async () => {
    await client.close()
    process.exit(0)
  })
})

function errorText(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value
  return { message: value.message, cause: value.cause, stack: value.stack?.split('\n').slice(1, 3) }
}
