import type { LogRecord, OutputMessage, TaskDefinition } from '@meterline/topology'

/** How a process of a chaos run ends whose group is lost for good. */
export const GROUP_LOST = 3

/** Topics of one chaos run. */
export interface SumsTopics {
  readonly input: string
  readonly output: string
  readonly changelog: string
}

/** What the output says of one input record. */
export interface SumsOutput {
  readonly inputOffset: number
  readonly key: string
  /** Sum of all values of this key up to and with this record. */
  readonly sum: number
}

/** The smallest topology with state: a running sum per key. A record that counts twice, or a state that lost one, shows in each later sum. */
export function sumsTopology(name: string, topics: SumsTopics): TaskDefinition {
  return {
    name,
    inputTopic: topics.input,
    restoreFrom: [{ topic: topics.changelog }],
    writesTo: [topics.output, topics.changelog],
    create: (partition) => {
      const sums = new Map<string, number>()
      return {
        restore: (_topic, record) => {
          sums.set(keyOf(record), Number(record.value?.toString()))
        },
        process: (records) => {
          const touched = new Set<string>()
          const outputs = records.map((record): OutputMessage => {
            const key = keyOf(record)
            const sum = (sums.get(key) ?? 0) + Number(record.value?.toString())
            sums.set(key, sum)
            touched.add(key)
            const output: SumsOutput = { inputOffset: record.offset, key, sum }
            return { key, value: Buffer.from(JSON.stringify(output)) }
          })
          const changes = [...touched].map((key) => ({ key, value: Buffer.from(String(sums.get(key))) }))
          return [
            { topic: topics.output, partition, messages: outputs },
            { topic: topics.changelog, partition, messages: changes },
          ]
        },
      }
    },
  }
}

function keyOf(record: LogRecord): string {
  return record.key?.toString() ?? ''
}
