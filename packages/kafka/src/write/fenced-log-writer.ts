import type { OutputMessage } from '@meterline/topology'
import type { KafkaClient } from '../connection/client.ts'
import { KafkaError } from '../errors.ts'
import { createTransactionWriter, type TransactionWriter } from './transaction-writer.ts'

export interface FencedLogWriter {
  /**
   * Appends the messages in one transaction: all or none become visible. One append at a time; further ones wait their turn.
   * @throws KafkaError `fenced`: another process writes now, stop. `transaction-failed`: not committed or not known; read the
   * log's end before writing again (the next append fences and begins anew). `closed`.
   */
  append(messages: readonly OutputMessage[]): Promise<void>
  close(): Promise<void>
}

/** The one writer of a log: opening it fences every earlier writer with the same transactional id. */
export async function openFencedLogWriter(
  client: KafkaClient,
  options: { readonly transactionalId: string; readonly topic: string; readonly partition?: number },
): Promise<FencedLogWriter> {
  const { transactionalId, topic, partition = 0 } = options
  let writer: TransactionWriter | undefined = await open()
  let fenced: KafkaError | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let closed = false

  async function open(): Promise<TransactionWriter> {
    const opened = createTransactionWriter(client.openLink(), {
      transactionalId,
      topics: [topic],
    })
    try {
      await opened.fence()
      return opened
    } catch (error) {
      await opened.close()
      throw error
    }
  }

  async function append(messages: readonly OutputMessage[]): Promise<void> {
    if (closed) throw new KafkaError('closed', `The writer of ${topic} was closed`)
    if (fenced !== undefined) throw fenced
    writer ??= await open()
    const current = writer
    try {
      await current.commit([{ topic, partition, messages }])
    } catch (error) {
      writer = undefined
      // Once fenced, always fenced: opening again would fence the rightful writer.
      if (error instanceof KafkaError && error.code === 'fenced') fenced = error
      await current.close()
      throw error
    }
  }

  return {
    append: (messages) => {
      const result = turn.then(() => append(messages))
      turn = result.catch(() => undefined)
      return result
    },
    close: async () => {
      closed = true
      await turn
      await writer?.close()
    },
  }
}
