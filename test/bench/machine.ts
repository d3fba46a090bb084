import type { Clickhouse } from '@meterline/clickhouse'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'

import { CACHE_DIR } from './stack/paths.ts'

const GIB = 1024 ** 3

/** What a figure has to be read with. */
export interface Machine {
  readonly date: string
  readonly processor: string
  readonly cores: number
  readonly memoryGib: number
  readonly system: string
  readonly node: string
  readonly kafka: string
  readonly clickhouse: string
  /** Over 1, 5 and 15 minutes before the run: above 0 somebody else was working, too. */
  readonly loadBefore: readonly number[]
}

export function describeMachine(loadBefore: readonly number[]): Omit<Machine, 'kafka' | 'clickhouse'> {
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / GIB),
    system: `${platform()} ${release()}`,
    node: process.versions.node,
    loadBefore,
  }
}

export async function clickhouseVersion(clickhouse: Clickhouse): Promise<string> {
  const [row] = await clickhouse.rows<{ version: string }>('SELECT version() AS version')
  return row?.version ?? 'unknown'
}

export const loadNow = (): readonly number[] => loadavg().map((value) => Math.round(value * 100) / 100)

/** The broker does not tell; its jars do, which the first broker on a machine brings. */
export function kafkaVersion(): string {
  if (!existsSync(CACHE_DIR)) return 'not started'
  const jars = readdirSync(CACHE_DIR, { recursive: true })
    .map(String)
    .filter((path) => path.startsWith('kafka-'))
  const clients = jars.map((path) => /kafka-clients-([\d.]+)\.jar$/.exec(path)?.[1]).find(Boolean)
  return clients ?? `unknown (${join(CACHE_DIR)})`
}
