import { availableParallelism } from 'node:os'

const FEW_CORES = 2

/** Helper threads of a runtime, collectors and compilers, take here from the program that they help, and from all others. */
export function hasFewCores(cores = availableParallelism()): boolean {
  return cores <= FEW_CORES
}
