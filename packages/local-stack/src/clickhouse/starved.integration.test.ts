import { getPriority } from 'node:os'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startOwnEngine } from '../../../../test/support/own-engine.ts'

let own: Awaited<ReturnType<typeof startOwnEngine>>

beforeAll(async () => {
  own = await startOwnEngine({ givesWayAfterMs: 0 })
})

afterAll(() => own.stop())

// Frozen is as starved as can be, and the same for who asks. Only root can see it by the niceness of the process.
it.skipIf(process.getuid?.() !== 0)(
  'does not give way once it answers nothing for some seconds',
  async () => {
    const pid = own.engine.pid() ?? 0
    const usual = getPriority()
    await expect.poll(() => getPriority(pid), { timeout: 10_000 }).toBe(usual + 5)
    process.kill(pid, 'SIGSTOP')
    try {
      await expect.poll(() => getPriority(pid), { timeout: 40_000 }).toBe(usual)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
  },
)
