import { parseSpendAlert, TOPICS } from '@meterline/contract'
import { Kafka, logLevel } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Arrival of alerts at a subscriber with a stock client that reads committed records only. */
export interface AlertWatch {
  /** By scope, wall-clock milliseconds. */
  readonly arrivals: ReadonlyMap<string, number>
  close(): Promise<void>
}

const JOIN_DEADLINE_MS = 20_000

/** Only hard-cap alerts that fire for the first time are kept: one per probe. */
export async function watchAlerts(brokers: string): Promise<AlertWatch> {
  const kafka = new Kafka({
    brokers: brokers.split(','),
    clientId: 'bench-alerts',
    logLevel: logLevel.NOTHING,
  })
  const consumer = kafka.consumer({ groupId: `bench-alerts-${process.pid}` })
  const arrivals = new Map<string, number>()
  const joined = new Promise<boolean>((resolve) => {
    consumer.on(consumer.events.FETCH, () => resolve(true))
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [TOPICS.spendAlert.name], fromBeginning: true })
  await consumer.run({
    eachMessage: ({ message }) => {
      const arrivedMs = Date.now()
      const { data } = parseSpendAlert(message.value?.toString() ?? '')
      if (data.severity === 'hard_cap' && data.state === 'firing' && data.version === 1) {
        arrivals.set(data.scope, arrivedMs)
      }
      return Promise.resolve()
    },
  })
  if (!(await Promise.race([joined, sleep(JOIN_DEADLINE_MS, false, { ref: false })]))) {
    throw new Error('the subscriber of spend.alert did not join its group')
  }
  return { arrivals, close: () => consumer.disconnect() }
}
