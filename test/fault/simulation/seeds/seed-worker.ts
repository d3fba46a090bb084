import { parentPort } from 'node:worker_threads'

import { STORM } from '../faults/faults.ts'
import { runSeed } from '../run-seed.ts'
import { prepareKnowledge } from '../world/knowledge.ts'
import { MUTATIONS } from '../world/mutations.ts'
import type { SeedOrder, SeedResult } from './seed-order.ts'

// A thread of its own: it replaces Node's clocks and timers, which whoever waits for it goes on using.
const port = parentPort
if (port === null) throw new TypeError('runs as a worker thread')
const knowledge = await prepareKnowledge()

port.on('message', (order: SeedOrder) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  void obey(order).then((result) => port.postMessage(result))
})

async function obey({ seed, mutation }: SeedOrder): Promise<SeedResult> {
  if (mutation !== undefined) return runSeed(seed, { knowledge, breakage: MUTATIONS[mutation], rates: STORM })
  const outcome = await runSeed(seed, { knowledge })
  // What failed once more, this time with its steps.
  return outcome.problems.length === 0 ? outcome : runSeed(seed, { knowledge, traced: true })
}
