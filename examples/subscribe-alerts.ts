// Follows spend.alert with a stock Kafka client. The values are CloudEvents 1.0, structured, in JSON.
//
//   node examples/subscribe-alerts.ts [--from-beginning]
import { Kafka, logLevel } from 'kafkajs'

import { readCredentials } from './credentials.ts'

interface AlertEvent {
  readonly id: string
  readonly time: string
  readonly data: {
    readonly severity: string
    readonly state: string
    readonly scope: string
    readonly rule: string
    readonly threshold: number
    readonly current_usage: number
    readonly monthly_allocation: number | null
  }
}

const fromBeginning = process.argv.includes('--from-beginning')
const kafka = new Kafka({
  clientId: 'subscribe-alerts-example',
  logLevel: logLevel.ERROR,
  brokers: readCredentials().kafka_brokers.split(','),
})
const consumer = kafka.consumer({
  // A group of its own each time: every subscriber sees every alert.
  groupId: `subscribe-alerts-example-${process.pid}`,
  // Alerts are written in transactions; what was rolled back is not shown.
  readUncommitted: false,
})

await consumer.connect()
await consumer.subscribe({ topics: ['spend.alert'], fromBeginning })
await consumer.run({
  eachMessage: async ({ message }) => {
    if (message.value === null) return
    const { time, data } = JSON.parse(message.value.toString('utf8')) as AlertEvent
    const of = data.monthly_allocation === null ? '' : ` of ${data.monthly_allocation}`
    console.log(
      `${time} ${data.severity} ${data.state} ${data.scope} ${data.rule}: ${data.current_usage}${of} credits`,
    )
  },
})
process.once('SIGINT', () => void consumer.disconnect())
console.log('waiting for alerts; Ctrl-C ends')
