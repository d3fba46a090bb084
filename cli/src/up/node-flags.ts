import { availableParallelism } from 'node:os'

const FEW_CORES = 2

/**
 * Flags of Node for a service. A gateway is asked thousands of times a second, and each full collection is tens of milliseconds in which
 * it answers nobody. Of what it holds little lasts: by itself V8 would look through the whole heap every other second for four megabytes
 * that came to it, so it is told to wait until the heap has grown to four times what the last collection left, some 200 MB.
 * On few cores the helper threads of its collector compete with it and with those that it asks, and a pause lasts until each of them
 * has had its turn.
 */
export function nodeFlags(service: string, cores = availableParallelism()): readonly string[] {
  if (service !== 'gateway') return []
  return ['--heap-growing-percent=300', ...(cores <= FEW_CORES ? ['--single-threaded-gc'] : [])]
}
