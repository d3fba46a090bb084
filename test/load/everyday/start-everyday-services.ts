import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { startReceiver } from '../../../services/notifier/src/testing/receiver.ts'
import type { BenchStack } from '../../bench/stack/bench-stack.ts'
import type { Service } from '../../bench/stack/service.ts'
import { WEBHOOK_SECRET } from './alert-use.ts'
import { ask } from './ask.ts'
import { startEverydayUse } from './everyday-use.ts'
import type { EverydayUse } from './everyday-use.ts'

export const EVERYDAY_PROBE_EVERY_MS = 5_000
const SECRET_BYTES = 32
const AT_WORK_DEADLINE_MS = 60_000
const POLL_MS = 250

export interface EverydayServices {
  /** Control and notifier, which the traffic alone does not need. */
  readonly services: readonly Service[]
  begin(): Promise<EverydayUse>
  /** The services end with their stack. */
  close(): Promise<void>
}

/** One that stands by is ready, and tells nobody. */
async function atWork({ url }: Service, token: string): Promise<void> {
  for (const untilMs = performance.now() + AT_WORK_DEADLINE_MS; ; await sleep(POLL_MS)) {
    try {
      await ask(`${url}/v1/deliveries`, 200, { token })
      return
    } catch (error) {
      if (performance.now() > untilMs) throw error
    }
  }
}

/** Starts what people and their tools ask, and a receiver of webhooks that the notifier tells. */
export async function startEverydayServices(
  of: {
    readonly stack: BenchStack
    readonly gateway: Service
    readonly probes: number
    readonly durationMs: number
  },
  env: NodeJS.ProcessEnv,
): Promise<EverydayServices> {
  const receiver = await startReceiver()
  const adminToken = randomUUID()
  const own = { ...env, METERLINE_ADMIN_TOKEN: adminToken }
  const control = await of.stack.start('control', own)
  const notifier = await of.stack.start('notifier', {
    ...own,
    METERLINE_CONTROL_URL: control.url,
    NOTIFIER_ALLOW_PRIVATE: 'true',
    [WEBHOOK_SECRET]: `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`,
  })
  return {
    services: [control, notifier],
    begin: async () => {
      await atWork(notifier, adminToken)
      return startEverydayUse({ ...of, control, notifier, adminToken, receiver })
    },
    close: () => receiver.close(),
  }
}
