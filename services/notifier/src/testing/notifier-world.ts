import { controlEventKey, encodeControlEvent, partitionForKey, TOPICS } from '@meterline/contract'
import type { TopicDefinition } from '@meterline/contract'
import { spendAlertJson } from '@meterline/domain'
import type { ControlChange, ControlEvent, SpendAlert } from '@meterline/domain'
import { createKafkaClient, createLogWriter, ensureTopics } from '@meterline/kafka'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { Fault } from './fault.ts'

const PROGRAM = fileURLToPath(new URL('notifier-process.ts', import.meta.url))
export const ADMIN_TOKEN = 'mla_notifier_world_admin_token'
const DEADLINE_MS = 40_000
const POLL_MS = 50

/** A Kafka with our topics, what is written into it, and notifiers as processes beside it. */
export interface NotifierWorld {
  readonly control: (...changes: readonly ControlChange[]) => Promise<void>
  readonly alert: (...alerts: readonly SpendAlert[]) => Promise<void>
  readonly start: (options: {
    readonly port: number
    readonly env?: Readonly<Record<string, string>>
    readonly fault?: Fault
  }) => Promise<NotifierProcess>
  close(): Promise<void>
}

export interface NotifierProcess {
  readonly child: ChildProcess
  /** Resolves when the process is gone. */
  readonly ended: Promise<unknown>
  /** An answer of its API as JSON, asked for until it is at work. */
  ask(path: string, init?: { readonly method: string }): Promise<{ status: number; body: unknown }>
  stop(): Promise<void>
}

export async function createNotifierWorld(brokers: readonly string[]): Promise<NotifierWorld> {
  const kafka = createKafkaClient({ brokers, clientId: 'notifier-world' })
  // All of them: the control service reads more than we do.
  const topics = Object.values<TopicDefinition>(TOPICS)
  await ensureTopics(
    kafka,
    topics.map(({ name, partitions, cleanup }) => ({
      name,
      partitions,
      replicationFactor: 1,
      config: { 'cleanup.policy': cleanup === 'keep' ? 'delete' : cleanup },
    })),
  )
  const writer = createLogWriter(kafka)
  const started: NotifierProcess[] = []
  return {
    async control(...changes) {
      const head = { schema: 1, command_id: randomUUID(), at_ms: Date.now(), actor: 'token:admin' } as const
      const events = changes.map((change): ControlEvent => ({ ...head, ...change }))
      const messages = events.map((event) => ({
        key: controlEventKey(event),
        value: encodeControlEvent(event),
      }))
      await writer.send([{ topic: TOPICS.controlLog.name, partition: 0, messages }])
    },
    async alert(...alerts) {
      for (const alert of alerts) {
        const { name: topic, partitions } = TOPICS.spendAlert
        const partition = partitionForKey(alert.scope, partitions)
        const messages = [{ key: alert.scope, value: Buffer.from(spendAlertJson(alert)) }]
        await writer.send([{ topic, partition, messages }])
      }
    },
    async start({ port, env = {}, fault }) {
      const child = spawn(
        process.execPath,
        [PROGRAM, ...(fault === undefined ? [] : [JSON.stringify(fault)])],
        {
          stdio: ['pipe', 'ignore', 'inherit'],
          env: {
            METERLINE_SUPERVISED: '1',
            METERLINE_ADMIN_TOKEN: ADMIN_TOKEN,
            KAFKA_BROKERS: brokers.join(','),
            NOTIFIER_PORT: String(port),
            NOTIFIER_ALLOW_PRIVATE: 'true',
            NOTIFIER_ATTEMPT_TIMEOUT_MS: '1000',
            ...env,
          },
        },
      )
      const notifier = notifierProcess(child, `http://127.0.0.1:${port}`)
      started.push(notifier)
      return notifier
    },
    async close() {
      for (const each of started) await each.stop()
      await writer.close()
      await kafka.close()
    },
  }
}

function notifierProcess(child: ChildProcess, url: string): NotifierProcess {
  const ended = once(child, 'exit')
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null
  return {
    child,
    ended,
    ask: (path, init = { method: 'GET' }) =>
      eventually(async () => {
        if (isOver()) throw new Error('the notifier is gone')
        const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
        const answer = await fetch(`${url}${path}`, { ...init, headers }).catch(() => undefined)
        if (answer === undefined || answer.status === 503) return undefined
        return { status: answer.status, body: await answer.json() }
      }),
    async stop() {
      if (isOver()) return
      child.stdin?.end()
      await ended
    },
  }
}

/** Asks until there is an answer; rejects when time is up. */
export async function eventually<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadlineMs = performance.now() + DEADLINE_MS
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadlineMs) throw new Error('it did not come in time')
    await sleep(POLL_MS)
  }
}
