import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertDiskSpace, lacksSpace } from '../machine/disk-space.ts'
import { assertPortsFree } from '../machine/ports.ts'
import type { BackoffPolicy } from '../supervise/backoff.ts'
import type { SupervisorEvent } from '../supervise/events.ts'
import { CATCH_UP_MS, supervise } from '../supervise/supervise.ts'
import type { Supervised } from '../supervise/supervise.ts'
import { AnswerTimes } from './answer-times.ts'
import { clickhouseNames, embeddedDisplayName, serverEnvironment } from './credentials.ts'
import type { ClickhouseCredentials } from './credentials.ts'
import { answersAs, failedWrites } from './probe.ts'
import { watchWrites } from './write-watch.ts'

export interface ClickhouseOptions {
  readonly httpPort: number
  readonly tcpPort: number
  /** The server's own folder: configuration and data. Kept between starts. */
  readonly dataDir: string
  readonly logFile: string
  readonly credentials: ClickhouseCredentials
  /** Users and their rights in place of infra/clickhouse-server/users.xml. */
  readonly usersFile?: string
  /** `CATCH_UP_MS` unless told. */
  readonly givesWayAfterMs?: number | undefined
  /** How often it is asked whether a write has failed, after which it is ended; each second unless told. */
  readonly askEveryMs?: number | undefined
  /** Between its end and its next start. */
  readonly backoff?: BackoffPolicy
  readonly onEvent?: (event: SupervisorEvent) => void
}

export interface Clickhouse extends Supervised {
  readonly url: string
}

const engineFile = fileURLToPath(new URL('../engine/clickhouse.cjs', import.meta.url))
const configurationDir = fileURLToPath(new URL('../../../../infra/clickhouse-server/', import.meta.url))
/** What an installation uses. */
const usersFile = join(configurationDir, 'users.xml')

/**
 * ClickHouse's own server as a child process, on loopback, with the users and settings of infra/clickhouse-server and
 * the database `meterline`. Resolves when it is ready. It is ended, and started again once there is room, when its disk
 * is nearly full or a write has failed. It gives way to others where cores are short, but not for long where it gets none.
 *
 * @throws StackError `PORT_TAKEN`, `DISK_FULL`, `START_FAILED`
 */
export async function startClickhouse(options: ClickhouseOptions): Promise<Clickhouse> {
  await assertDiskSpace(options.dataDir)
  await assertPortsFree({
    "ClickHouse's HTTP": options.httpPort,
    "ClickHouse's native protocol": options.tcpPort,
  })
  const displayName = embeddedDisplayName(options.httpPort)
  const identity = { displayName, user: clickhouseNames.user, password: options.credentials.password }

  const clickhouse = supervise({
    name: 'clickhouse',
    command: process.execPath,
    args: [engineFile, ...engineArguments(options)],
    env: { ...process.env, ...serverEnvironment(options.credentials, displayName) },
    cwd: options.dataDir,
    logFile: options.logFile,
    // Rows may come a moment later; authorizations and alerts may not.
    givesWayAfterMs: options.givesWayAfterMs ?? CATCH_UP_MS,
    heldBack: () => lacksSpace(options.dataDir),
    isReady: () => answersAs(options.httpPort, identity),
    readyTimeoutMs: 60_000,
    stopBy: 'stdin-end',
    ...(options.backoff === undefined ? {} : { backoff: options.backoff }),
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
  })
  await clickhouse.ready().catch(async (error: unknown) => {
    await clickhouse.stop()
    throw error
  })
  const answerTimes = new AnswerTimes()
  const unwatch = watchWrites({
    folder: options.dataDir,
    askEveryMs: options.askEveryMs,
    failedWrites: async () => {
      const askedMs = performance.now()
      try {
        return await failedWrites(options.httpPort, identity)
      } finally {
        // Rows may come later, but they have to come.
        if (answerTimes.isStarvedBy(performance.now() - askedMs)) clickhouse.catchUp()
      }
    },
    onTrouble: onceAtATime((reason) => clickhouse.killHard(reason)),
  })
  return {
    name: clickhouse.name,
    url: `http://127.0.0.1:${options.httpPort}`,
    pid: () => clickhouse.pid(),
    ready: () => clickhouse.ready(),
    killHard: (reason) => clickhouse.killHard(reason),
    stop: () => {
      unwatch()
      return clickhouse.stop()
    },
  }
}

function onceAtATime(act: (reason: string) => Promise<void>): (reason: string) => void {
  let acting = false
  return (reason) => {
    if (acting) return
    acting = true
    void act(reason).finally(() => (acting = false))
  }
}

function engineArguments(options: ClickhouseOptions): string[] {
  const queries = [
    `CREATE DATABASE IF NOT EXISTS ${clickhouseNames.database}`,
    'SYSTEM START LISTEN HTTP',
    'SYSTEM START LISTEN TCP',
    // Waits until stdin ends, which is how the engine is stopped.
    "SELECT count() FROM file('-', 'LineAsString', 'line String') SETTINGS max_execution_time = 0",
  ]
  return [
    `--path=${join(options.dataDir, 'data')}`,
    `--config-file=${join(configurationDir, 'server.xml')}`,
    '--log-level=warning',
    '--listen_host=127.0.0.1',
    `--http_port=${options.httpPort}`,
    `--tcp_port=${options.tcpPort}`,
    ...queries.flatMap((query) => ['--query', query]),
    '--',
    `--users_config=${options.usersFile ?? usersFile}`,
  ]
}
