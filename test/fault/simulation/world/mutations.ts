import { TOPICS } from '@meterline/contract'
import type { TaskDefinition } from '@meterline/topology'

import type { LinkWorld, SimBroker } from '../kafka/sim-link.ts'
import type { Breakage } from './breakage.ts'

/** Defects that this design could have: each must be caught, or the oracle is blind to it. */
export const MUTATIONS = {
  'the position is read before the former owner is fenced': { broker: positionBeforeFence },
  'the end of a transaction is sent again': { broker: endAgain },
  'the former owner is not fenced': { kafka: { noFencing: true } },
  'nobody looks for the markers that a broker lost': { kafka: { hidesOpenTransactions: true } },
  'readers see what is not committed': { kafka: { readUncommitted: true } },
  'state is not restored': {
    definition: (definition: TaskDefinition) => ({ ...definition, restoreFrom: [] }),
  },
  'what was corrected is forgotten at a restart': {
    definition: (definition: TaskDefinition) => ({
      ...definition,
      restoreFrom: definition.restoreFrom.filter(({ topic }) => topic !== TOPICS.meterChangelog.name),
    }),
  },
  'outputs and position are two transactions': {
    handler: (handler) => ({
      open: (lease) =>
        handler.open({
          ...lease,
          transact: async (outputs, next) => {
            const { offset = 0, metadata } = lease.committed
            if (outputs.length > 0) await lease.transact(outputs, { offset, metadata })
            await lease.transact([], next)
          },
        }),
      onBatch: (records, nextOffset) => handler.onBatch(records, nextOffset),
      close: () => handler.close(),
    }),
  },
  'the position is committed before the rows are stored': {
    store: (store) => ({
      ...store,
      insert: async (block) => {
        void store.insert(block).catch(() => undefined)
      },
    }),
  },
  'the look-up is skipped, and nothing thought to be there': {
    store: (store) => ({ ...store, arrived: async () => new Map<number, number>() }),
  },
  'the deadline is not waited for': {
    store: (store) => ({ ...store, waitForDeadline: async () => undefined }),
  },
  'statements are not killed before the look-up': { store: (store) => ({ ...store, kill: async () => 0 }) },
  'the statement has no deadline': {
    store: (store) => ({ ...store, insert: (block) => store.insert({ ...block, deadlineMs: Infinity }) }),
  },
} as const satisfies Readonly<Record<string, Breakage>>

export type MutationName = keyof typeof MUTATIONS

/** What a take-over does the other way round: a zombie may still commit in between. */
function positionBeforeFence(broker: SimBroker, { kafka, process }: LinkWorld): SimBroker {
  const early = earlyPositions(process)
  return {
    ...broker,
    initProducerId: (request) => {
      early.clear()
      for (const place of kafka.committedPlaces())
        early.set(`${place.groupId} ${place.topic} ${place.partition}`, place)
      return broker.initProducerId(request)
    },
    offsetFetch: async (request) => {
      const { responses } = await broker.offsetFetch(request)
      return {
        responses: responses.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition }) => {
            const found = early.get(`${request.groupId} ${topic} ${partition}`)
            return { partition, offset: String(found?.offset ?? -1), metadata: found?.metadata ?? null }
          }),
        })),
      }
    },
  }
}

type Places = Map<string, { readonly offset: number; readonly metadata: string }>

const placesByProcess = new WeakMap<object, Places>()

function earlyPositions(process: object): Places {
  const known = placesByProcess.get(process) ?? new Map()
  placesByProcess.set(process, known)
  return known
}

/** As a client does that takes a lost answer for a lost request. */
function endAgain(broker: SimBroker): SimBroker {
  return { ...broker, endTxn: (request) => broker.endTxn(request).catch(() => broker.endTxn(request)) }
}
