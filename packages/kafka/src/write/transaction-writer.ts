import type { OutputBatch } from '@meterline/topology'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterLink } from '../connection/cluster-link.ts'
import { errorType, isTransient, KafkaError, toKafkaError } from '../errors.ts'
import type { ProducerIdentity } from '../wire/record-batch.ts'
import type { ProduceEntry } from '../wire/produce.ts'
import { produceEntries } from './produce-entries.ts'
import { writeLostMarkers } from './lost-markers.ts'
import { MarkerWait } from './marker-wait.ts'
import { createWaveSealer } from './seal-waves.ts'
import { createTransactionRequests } from './transaction-requests.ts'
import type { GroupPosition, TransactionRef } from './transaction-requests.ts'

export interface TransactionWriter {
  /**
   * Fences whoever wrote under this transactional id before and resolves its open transaction, also where Kafka lost the end of one.
   * Call once, first.
   * @throws KafkaError `inconsistent`: a transaction is open, and nobody knows how it ended.
   */
  fence(): Promise<void>
  /**
   * Writes the outputs, and the position if given, in one transaction. Any error leaves this writer unusable: whether the
   * transaction was committed is then known only from the log, by a new writer after its `fence`.
   * @throws KafkaError `fenced`, `transaction-failed`, `refused`, `closed`.
   */
  commit(outputs: readonly OutputBatch[], position?: GroupPosition): Promise<void>
  close(): Promise<void>
}

export interface TransactionWriterOptions {
  readonly transactionalId: string
  /** Every topic that is written under this id. */
  readonly topics: readonly string[]
  /** After this the broker aborts an open transaction by itself; also the deadline of `commit`. */
  readonly transactionTimeoutMs?: number
  /** Largest record batch; must stay below the topics' `max.message.bytes`. */
  readonly maxBatchBytes?: number
}

/**
 * A transaction here is three round trips: register partitions and group; write records and position; end.
 * (Through the client's own producer it is one registration for each partition and an uncached look-up before each step.)
 */
export function createTransactionWriter(
  link: ClusterLink,
  options: TransactionWriterOptions,
): TransactionWriter {
  const { transactionalId } = options
  const transactionTimeoutMs = options.transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS
  const seal = createWaveSealer(options.maxBatchBytes ?? MAX_BATCH_BYTES)
  const stopped = new AbortController()
  const topics: ReadonlySet<string> = new Set(options.topics)
  let identity: ProducerIdentity | undefined
  let failed: KafkaError | undefined
  let committing: Promise<void> | undefined
  let mending: Promise<void> | undefined
  /** So many interruptions of the link are known to have lost nothing that was committed here. */
  let safeInterruptions = 0
  let hasCommitted = false
  const markers = new MarkerWait()
  let watch: NodeJS.Timeout
  watchNext()

  const within = (deadlineMs: number) => ({
    deadlineMs,
    signal: stopped.signal,
    beforeRetry: async (error: unknown) => {
      // The last transaction's markers are still being written: nothing is stale, so nothing is looked up again.
      if (errorType(error) === 'CONCURRENT_TRANSACTIONS') markers.refused()
      else await link.refresh()
    },
  })
  const requests = createTransactionRequests(link, (doing, deadlineMs) => ({
    ...within(deadlineMs),
    doing: `${doing} of ${transactionalId}`,
    firstPauseMs: CONCURRENT_PAUSE_MS,
  }))

  async function fence(): Promise<void> {
    const deadlineMs = Date.now() + FENCE_TIMEOUT_MS
    const taken = await requests.initialize({ transactionalId, transactionTimeoutMs }, deadlineMs)
    const of = { transactionalId, topics: options.topics, identity: taken }
    await writeLostMarkers(link, of, within(deadlineMs))
    safeInterruptions = link.interruptions()
    identity = taken
  }

  async function commit(outputs: readonly OutputBatch[], position?: GroupPosition): Promise<void> {
    if (mending !== undefined) await mending
    if (failed !== undefined) throw new KafkaError('closed', 'This writer failed before', { cause: failed })
    if (identity === undefined || committing !== undefined)
      throw new TypeError('commit before fence, or while another one runs')
    const written = outputs.filter((output) => output.messages.length > 0)
    const undeclared = written.find(({ topic }) => !topics.has(topic))
    if (undeclared !== undefined)
      throw new TypeError(`${transactionalId} writes to ${undeclared.topic}, which is not among its topics`)
    if (written.length === 0 && position === undefined) return
    try {
      committing = run({ ...identity, transactionalId }, written, position)
      await committing
    } catch (error) {
      failed = asTransactionError(error, transactionalId)
      stopped.abort(failed)
      throw failed
    } finally {
      committing = undefined
    }
  }

  async function run(
    ref: TransactionRef,
    outputs: readonly OutputBatch[],
    position: GroupPosition | undefined,
  ): Promise<void> {
    const deadlineMs = Date.now() + transactionTimeoutMs
    const waves = seal(ref, outputs)
    const waitMs = markers.leftMs(Date.now())
    if (waitMs > 0) await sleep(waitMs)
    // Once its partitions are registered, whoever takes over rolls back all that is open in them: the last transaction's too, if Kafka
    // lost its markers. So they are looked for before. The coordinator's own may still come; none after it has let this one begin.
    await mendAfterInterruption(ref, deadlineMs)
    await Promise.all([
      requests.registerPartitions(ref, outputs, deadlineMs),
      position && requests.registerGroup(ref, position.groupId, deadlineMs),
    ])
    markers.begun(Date.now())
    // A broker that was killed since then may have lost them as well.
    await mendAfterInterruption(ref, deadlineMs)
    await Promise.all([
      writeWaves(waves, deadlineMs),
      position && requests.writePosition(ref, position, deadlineMs),
    ])
    if (Date.now() > deadlineMs) throw new KafkaError('unavailable', 'The transaction took too long')
    await requests.commit(ref)
    markers.ended(Date.now())
    hasCommitted = true
  }

  async function mendAfterInterruption(own: ProducerIdentity, deadlineMs: number): Promise<void> {
    if (hasCommitted && link.interruptions() !== safeInterruptions) await mend(own, deadlineMs)
  }

  /** What was committed here last is, in every partition. */
  async function mend(own: ProducerIdentity, deadlineMs: number): Promise<void> {
    const interruptions = link.interruptions()
    const of = { transactionalId, topics: options.topics, identity: own, isLast: true }
    await writeLostMarkers(link, of, within(deadlineMs))
    safeInterruptions = interruptions
  }

  function watchNext(): void {
    watch = setTimeout(() => {
      void mendWhileIdle().then(() => {
        if (failed === undefined) watchNext()
      })
    }, MEND_INTERVAL_MS).unref()
  }

  /** With nothing more to write, readers would wait for the end of the last transaction until there is. */
  async function mendWhileIdle(): Promise<void> {
    if (identity === undefined || committing !== undefined || mending !== undefined) return
    // After a failure what is open may be the work that failed: that is the next owner's to judge.
    if (failed !== undefined || !hasCommitted || link.interruptions() === safeInterruptions) return
    mending = mend(identity, Date.now() + transactionTimeoutMs).catch((error: unknown) => {
      // Brokers away: at the next turn again.
      if (error instanceof KafkaError && error.retryable) return
      failed ??= toKafkaError(error, `Looking after the last transaction of ${transactionalId}`)
    })
    await mending
    mending = undefined
  }

  async function writeWaves(waves: readonly ProduceEntry[][], deadlineMs: number): Promise<void> {
    for (const wave of waves) {
      await produceEntries(link, wave, { transactionalId, deadlineMs, signal: stopped.signal })
    }
  }

  return {
    fence,
    commit,
    close: async () => {
      clearTimeout(watch)
      failed ??= new KafkaError('closed', `The writer of ${transactionalId} was closed`)
      stopped.abort(failed)
      // Requests under way may still be answered: cutting the connection at once would turn a commit into a doubt.
      await Promise.race([
        committing?.catch(() => undefined),
        sleep(CLOSE_WAIT_MS, undefined, { ref: false }),
      ])
      await link.close()
    },
  }
}

function asTransactionError(error: unknown, transactionalId: string): KafkaError {
  const kafkaError = toKafkaError(error, `A transaction of ${transactionalId}`)
  if (kafkaError.code !== 'unavailable' && !isTransient(error)) return kafkaError
  return new KafkaError(
    'transaction-failed',
    `A transaction of ${transactionalId} did not commit, or it is not known`,
    {
      cause: error,
    },
  )
}

/** Where Kafka keeps the positions of groups. */
export const POSITIONS_TOPIC = '__consumer_offsets'

const TRANSACTION_TIMEOUT_MS = 10_000
const FENCE_TIMEOUT_MS = 30_000
const MEND_INTERVAL_MS = 2_000
const CONCURRENT_PAUSE_MS = 2
const MAX_BATCH_BYTES = 900_000
const CLOSE_WAIT_MS = 2_000
