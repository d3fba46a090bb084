import { generateCredentials, startClickhouse } from '@meterline/local-stack'

/** ClickHouse as one process that can also be kept down. */
export interface ClickhouseServer {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly database: string
  pid(): number | undefined
  /** SIGKILL; the supervisor starts it again. */
  kill(): Promise<void>
  /** SIGKILL, and nothing is there until `up`. */
  down(): Promise<void>
  up(): Promise<void>
  stop(): Promise<void>
}

export async function openClickhouseServer(options: {
  readonly httpPort: number
  readonly tcpPort: number
  readonly dataDir: string
  readonly logFile: string
}): Promise<ClickhouseServer> {
  const credentials = generateCredentials()
  const start = () => startClickhouse({ ...options, credentials })
  let server = await start()
  let isDown = false
  return {
    url: server.url,
    user: 'meterline',
    password: credentials.password,
    database: 'meterline',
    pid: () => server.pid(),
    kill: () => server.killHard(),
    async down() {
      await Promise.all([server.killHard(), server.stop()])
      isDown = true
    },
    async up() {
      if (!isDown) return
      server = await start()
      isDown = false
    },
    stop: () => server.stop(),
  }
}
