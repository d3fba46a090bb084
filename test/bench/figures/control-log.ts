import { decodeControlEvent } from '@meterline/contract'
import { readOrganization } from '@meterline/control-log'
import { createOrganizationView, foldControlEvent } from '@meterline/domain'
import { createKafkaClient } from '@meterline/kafka'
import { findFreePorts, startKafka } from '@meterline/local-stack'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { provisionTopics } from '../../../cli/src/provision/topics.ts'
import type { Shell } from '../bench.ts'
import { writeLog } from '../control-log/write-log.ts'
import { median } from '../measure/statistics.ts'
import type { Figure, TableFigure } from '../report/figure.ts'
import { memoryOfTree } from '../start/process-memory.ts'
import { cpuSeconds } from '../stack/cpu-clock.ts'
import { CACHE_DIR } from '../stack/paths.ts'
import { startService } from '../stack/service.ts'

const AIM_SECONDS = 10
const MB = 1e6

/** A million records of six years in a control.log of its own: how long until a control service that starts on it is ready. */
export async function measureControlLog(shell: Shell): Promise<Figure[]> {
  const { options, signal, say } = shell
  const folder = await mkdtemp(join(tmpdir(), 'meterline-bench-control-log-'))
  const [port = 0, controllerPort = 0, controlPort = 0] = await findFreePorts(3)
  const broker = await startKafka({
    port,
    controllerPort,
    dataDir: join(folder, 'kafka'),
    logFile: join(folder, 'kafka.log'),
    cacheDir: CACHE_DIR,
  })
  const kafka = createKafkaClient({ brokers: [broker.broker], clientId: 'bench' })
  try {
    await provisionTopics(kafka, 1)
    say(`control.log: writing ${options.controlRecords} records`)
    const { values, commands } = await writeLog(kafka, { records: options.controlRecords, signal })
    const startMs: number[] = []
    const readMs: number[] = []
    const foldMs: number[] = []
    const cpuMs: number[] = []
    let rssMib = 0
    for (let round = 0; round < options.rounds; round += 1) {
      signal.throwIfAborted()
      say(`control.log, round ${round + 1}`)
      const begun = performance.now()
      const control = await startService('control', {
        env: controlEnvironment({ brokers: broker.broker, port: controlPort }),
        port: controlPort,
        logFile: join(folder, 'control.log'),
        profileDir: options.profileDir,
      })
      startMs.push(performance.now() - begun)
      cpuMs.push((cpuSeconds(control.pid()) ?? Number.NaN) * 1_000)
      rssMib = memoryOfTree(control.pid() ?? 0).reduce((sum, memory) => sum + memory.rssMib, 0)
      await control.stop()
      readMs.push(await timed(() => readOrganization(kafka)))
      foldMs.push(await timed(() => Promise.resolve(fold(values))))
    }
    const bytes = values.reduce((sum, value) => sum + value.length, 0)
    return [
      figure({ startMs, cpuMs, readMs, foldMs }, [
        `${values.length} records, ${(bytes / MB).toFixed(0)} MB of JSON, written by ${commands} commands`,
        `control holds ${rssMib.toFixed(0)} MiB (RSS) when it is ready`,
      ]),
    ]
  } finally {
    await kafka.close()
    await broker.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

function controlEnvironment({ brokers, port }: { readonly brokers: string; readonly port: number }) {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    KAFKA_BROKERS: brokers,
    // Asked for the audit trail only, never at a start.
    CLICKHOUSE_URL: 'http://127.0.0.1:1',
    CONTROL_PORT: String(port),
    METERLINE_ADMIN_TOKEN: 'an-admin-token-of-length',
  }
}

function fold(values: readonly Buffer[]): void {
  const view = createOrganizationView()
  for (const [offset, value] of values.entries()) foldControlEvent(view, decodeControlEvent(value), offset)
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await act()
  return performance.now() - begun
}

function figure(
  times: Readonly<Record<'startMs' | 'cpuMs' | 'readMs' | 'foldMs', readonly number[]>>,
  notes: readonly string[],
): TableFigure {
  const row = (name: string, timesMs: readonly number[]): string[] => [
    name,
    seconds(median(timesMs)),
    timesMs.map(seconds).join(' '),
  ]
  return {
    kind: 'table',
    name: `start on a long control.log, aim ${AIM_SECONDS} s`,
    columns: ['', 'seconds', 'by round'],
    rows: [
      row('control, from its process to ready', times.startMs),
      row('of which processor time of control', times.cpuMs),
      row('any follower: read from Kafka, check, fold', times.readMs),
      row('the same without Kafka', times.foldMs),
    ],
    notes,
  }
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(2)
