import { CATCH_UP_MS } from '@meterline/local-stack'
import type { ServiceSpec, SupervisorEvent } from '@meterline/local-stack'
import { join } from 'node:path'

import { REPOSITORY_ROOT } from '../connection/state-dir.ts'
import { behindOthers } from './behind-others.ts'
import { nodeFlags } from './node-flags.ts'

export const SERVICES = ['registry', 'control', 'gateway', 'processor', 'sink', 'notifier'] as const
export type ServiceName = (typeof SERVICES)[number]

const READY_TIMEOUT_MS = 90_000
const PROBE_TIMEOUT_MS = 2_000
const STOP_TIMEOUT_MS = 12_000

export interface ServiceSettings {
  readonly stateDir: string
  readonly ports: Readonly<Record<ServiceName, number>>
  /** What the services read: addresses, accounts, ports. */
  readonly environment: Readonly<Record<string, string>>
  /** Over the environment of all: accounts with the rights of one service. */
  readonly own?: Partial<Readonly<Record<ServiceName, Readonly<Record<string, string>>>>>
  readonly onEvent: (event: SupervisorEvent) => void
}

/** One of our services as a supervised child that runs its TypeScript as it is. */
export function serviceSpec(name: ServiceName, settings: ServiceSettings): ServiceSpec {
  const { stateDir, ports, environment, own, onEvent } = settings
  return {
    name,
    command: process.execPath,
    args: [...nodeFlags(name), join(REPOSITORY_ROOT, 'services', name, 'src/main.ts')],
    env: { ...process.env, ...environment, ...own?.[name], METERLINE_SUPERVISED: '1' },
    cwd: REPOSITORY_ROOT,
    logFile: join(stateDir, 'logs', `${name}.log`),
    givesWayAfterMs: behindOthers(name) ? CATCH_UP_MS : undefined,
    isReady: () => isReady(ports[name]),
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    onEvent,
  }
}

async function isReady(port: number): Promise<boolean> {
  const url = `http://127.0.0.1:${port}/health/ready`
  const answer = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })
  await answer.arrayBuffer()
  return answer.ok
}
