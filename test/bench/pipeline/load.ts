import { join } from 'node:path'

import type { Bench } from '../bench.ts'
import type { LoadInput, LoadResult } from '../load/http-load.ts'
import { runProgram } from '../measure/program.ts'
import { TRAFFIC_KEYS } from '../stack/organization.ts'
import type { Service } from '../stack/service.ts'

const PROGRAM = join(import.meta.dirname, '../load/http-load.ts')
const MARGIN_MS = 30_000

/** Traffic through the gateway from a process of its own. */
export function sendLoad(
  bench: Bench,
  gateway: Service,
  shape: Omit<LoadInput, 'url' | 'secrets'>,
): Promise<LoadResult> {
  const input: LoadInput = {
    ...shape,
    url: gateway.url,
    secrets: TRAFFIC_KEYS.map(({ id }) => bench.stack.secretOf(id)),
  }
  return Promise.race([
    runProgram<LoadResult>(PROGRAM, {
      input,
      deadlineMs: shape.warmUpMs + shape.durationMs + MARGIN_MS,
      signal: bench.signal,
      profileDir: bench.options.profileDir,
    }),
    gateway.crashed,
  ])
}
