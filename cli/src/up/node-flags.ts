import { availableParallelism } from 'node:os'

const FEW_CORES = 2

/**
 * Flags of Node for a service. A gateway is asked thousands of times a second; on few cores the helper threads of its collector compete
 * with it and with those that it asks, and a pause lasts until each of them has had its turn.
 */
export function nodeFlags(service: string, cores = availableParallelism()): readonly string[] {
  return service === 'gateway' && cores <= FEW_CORES ? ['--single-threaded-gc'] : []
}
