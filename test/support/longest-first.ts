import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/** What takes a minute and more, the longest first: begun last, it would be waited for alone. */
const LONG = [
  'fault/real/real-faults',
  'fault/leases/leases-under-kills',
  'e2e/lifecycle',
  'fault/replay-under-kills',
  'fault/simulation/simulation',
  'e2e/replay',
  'e2e/corrections',
]

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => groupOf(a) - groupOf(b) || placeOf(a) - placeOf(b))
  }
}

const groupOf = ({ project }: TestSpecification): number => project.config.sequence.groupOrder

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONG.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`))
  return place === -1 ? LONG.length : place
}
