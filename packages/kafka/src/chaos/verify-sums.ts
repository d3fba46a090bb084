import type { KafkaClient } from '../index.ts'
import { readLog, readLogBounds } from '../index.ts'
import type { SumsOutput, SumsTopics } from './sums-topology.ts'

export interface SumsVerdict {
  readonly inputRecords: number
  readonly outputRecords: number
  readonly problems: readonly string[]
}

/** Holds the outputs of a chaos run against its inputs: each input once, in order, each running sum right, no transaction open. */
export async function verifySums(
  client: KafkaClient,
  topics: SumsTopics,
  partitions: number,
): Promise<SumsVerdict> {
  const problems: string[] = []
  let inputRecords = 0
  let outputRecords = 0
  for (let partition = 0; partition < partitions; partition++) {
    const expected = await expectedOutputs(client, topics.input, partition)
    const found = await readOutputs(client, topics.output, partition)
    inputRecords += expected.length
    outputRecords += found.length
    const wrong = expected.findIndex((output, index) => found[index] !== output)
    if (wrong >= 0)
      problems.push(`partition ${partition}: at ${wrong} expected ${expected[wrong]}, found ${found[wrong]}`)
    if (found.length !== expected.length)
      problems.push(`partition ${partition}: ${found.length} outputs of ${expected.length}`)
    for (const topic of [topics.output, topics.changelog]) {
      const { stable, high } = await readLogBounds(client.reads, { topic, partition })
      if (stable !== high) problems.push(`${topic}/${partition}: open transaction, ${stable} of ${high}`)
    }
  }
  return { inputRecords, outputRecords, problems }
}

async function expectedOutputs(client: KafkaClient, topic: string, partition: number): Promise<string[]> {
  const sums = new Map<string, number>()
  const outputs: string[] = []
  for await (const records of readLog(client, { topic, partition, to: 'end' })) {
    for (const record of records) {
      const key = record.key?.toString() ?? ''
      const sum = (sums.get(key) ?? 0) + Number(record.value?.toString())
      sums.set(key, sum)
      const output: SumsOutput = { inputOffset: record.offset, key, sum }
      outputs.push(JSON.stringify(output))
    }
  }
  return outputs
}

async function readOutputs(client: KafkaClient, topic: string, partition: number): Promise<string[]> {
  const outputs: string[] = []
  for await (const records of readLog(client, { topic, partition, to: 'end' })) {
    for (const record of records) outputs.push(record.value?.toString() ?? '')
  }
  return outputs
}
