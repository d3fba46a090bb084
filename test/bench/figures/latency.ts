import type { Bench } from '../bench.ts'
import type { BenchOptions } from '../options.ts'
import type { Figure } from '../report/figure.ts'
export const PROBE_PROJECTS = (options: BenchOptions): number => options.probes
export async function measureLatency(_bench: Bench): Promise<Figure[]> {
  return Promise.resolve([])
}
