import { createClickhouse, migrate } from '@meterline/clickhouse'
import type { Clickhouse } from '@meterline/clickhouse'
import { findFreePorts, generateCredentials, startClickhouse } from '@meterline/local-stack'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { generateUsage } from '../queries/generate-usage.ts'
import { measureQuestion } from '../queries/measure-questions.ts'
import { questions } from '../queries/questions.ts'
import type { Figure } from '../report/figure.ts'
import type { Shell } from '../bench.ts'

const DAY_MS = 86_400_000
const MERGE_DEADLINE_MS = 900_000
const MIB = 1024 ** 2

/** What people ask of a large table. ClickHouse is alone here: nothing is being written. */
export async function measureQueries(shell: Shell): Promise<Figure[]> {
  const { options, signal, say } = shell
  const kept = options.dataDir
  const folder = kept ?? (await mkdtemp(join(tmpdir(), 'meterline-bench-queries-')))
  await mkdir(folder, { recursive: true })
  const [httpPort = 0, tcpPort = 0] = await findFreePorts(2)
  const credentials = generateCredentials()
  const server = await startClickhouse({
    httpPort,
    tcpPort,
    dataDir: folder,
    logFile: join(folder, 'clickhouse.log'),
    credentials,
  })
  const clickhouse = createClickhouse({
    url: server.url,
    database: 'meterline',
    username: 'meterline',
    password: credentials.password,
    timeoutMs: 60_000,
  })
  try {
    await shell.seen(clickhouse)
    await migrate(clickhouse)
    // Whole days, so that data that was kept is still the same an hour later.
    const endMs = Math.floor(Date.now() / DAY_MS) * DAY_MS
    say(`generating ${options.rows} rows of usage`)
    await generateUsage(clickhouse, { rows: options.rows, endMs, signal, say })
    say('waiting for merges')
    await settled(clickhouse, signal)
    for (const view of VIEWS) await clickhouse.command(`SYSTEM REFRESH VIEW ${view}`)
    for (const view of VIEWS) {
      await clickhouse.command(`SYSTEM WAIT VIEW ${view}`, { timeoutMs: MERGE_DEADLINE_MS, signal })
    }
    const figures: Figure[] = [await tableFigure(clickhouse)]
    for (const question of questions(endMs)) {
      say(question.name)
      figures.push(await measureQuestion(clickhouse, question, signal))
    }
    return figures
  } finally {
    await clickhouse.close()
    await server.stop()
    if (kept === undefined) await rm(folder, { recursive: true, force: true })
  }
}

const VIEWS = ['mv_credits_by_team']

/** Merges go on for a while after the last insert, and would be measured with the questions. */
async function settled(clickhouse: Clickhouse, signal: AbortSignal): Promise<void> {
  const until = performance.now() + MERGE_DEADLINE_MS
  while (performance.now() < until) {
    signal.throwIfAborted()
    const [row] = await clickhouse.rows<{ merges: number }>('SELECT count() AS merges FROM system.merges')
    if (row?.merges === 0) return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

async function tableFigure(clickhouse: Clickhouse): Promise<Figure> {
  const [parts] = await clickhouse.rows<{ rows: number; parts: number; bytes: number }>(
    "SELECT sum(rows) AS rows, count() AS parts, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase() AND table = 'usage'",
  )
  const projections = await clickhouse.rows<{ name: string; rows: number; bytes: number }>(
    "SELECT name, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.projection_parts WHERE active AND database = currentDatabase() AND table = 'usage' GROUP BY name ORDER BY name",
  )
  const mib = (bytes: number): string => (bytes / MIB).toFixed(0)
  return {
    kind: 'table',
    name: 'the table usage',
    columns: ['what', 'rows', 'parts', 'MiB'],
    rows: [
      ['usage, projections included', String(parts?.rows), String(parts?.parts), mib(parts?.bytes ?? 0)],
      ...projections.map(({ name, rows, bytes }) => [`projection ${name}`, String(rows), '', mib(bytes)]),
    ],
    notes: [],
  }
}
