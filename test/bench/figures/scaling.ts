import type { Bench } from '../bench.ts'
import type { Figure } from '../report/figure.ts'

export async function measureScaling(_bench: Bench): Promise<Figure[]> {
  return Promise.resolve([])
}
