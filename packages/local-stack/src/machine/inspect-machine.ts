import type { MachineFacts } from '../decide.ts'
import { hasKafkaJars, kafkaLibDir } from '../kafka/jars.ts'
import { runCommand } from './run-command.ts'

const probeTimeoutMs = 10_000

/** Looks at the environment and at the programs on the path; asks only what the decision can depend on. */
export async function inspectMachine(env: NodeJS.ProcessEnv, cacheDir: string): Promise<MachineFacts> {
  const kafkaBrokers = splitBrokers(env['KAFKA_BROKERS'])
  const clickhouseUrl = nonEmpty(env['CLICKHOUSE_URL'])
  const given = {
    kafkaBrokers,
    clickhouseUrl,
    isDockerUsable: false,
    javaVersion: undefined,
    hasMaven: false,
    hasKafkaJars: false,
  }
  if (kafkaBrokers.length > 0 && clickhouseUrl !== undefined) return given

  const isDockerUsable = await canUseDocker()
  if (isDockerUsable || kafkaBrokers.length > 0) return { ...given, isDockerUsable }

  const jarsAreThere = hasKafkaJars(await kafkaLibDir(cacheDir))
  const [javaVersion, hasMaven] = await Promise.all([findJavaVersion(), jarsAreThere || hasProgram('mvn')])
  return { ...given, javaVersion, hasMaven, hasKafkaJars: jarsAreThere }
}

/** The client may be installed where no daemon answers, and the daemon may answer where compose is missing. */
async function canUseDocker(): Promise<boolean> {
  const answers = await Promise.all([
    runCommand('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: probeTimeoutMs }),
    runCommand('docker', ['compose', 'version'], { timeoutMs: probeTimeoutMs }),
  ])
  return answers.every((answer) => answer.ok)
}

async function hasProgram(name: string): Promise<boolean> {
  return (await runCommand(name, ['-v'], { timeoutMs: probeTimeoutMs })).ok
}

async function findJavaVersion(): Promise<number | undefined> {
  const answer = await runCommand('java', ['-version'], { timeoutMs: probeTimeoutMs })
  return answer.ok ? parseJavaVersion(answer.output) : undefined
}

/** `openjdk version "17.0.15" …` is 17; before Java 9 it was `"1.8.0_402"`, which is 8. */
export function parseJavaVersion(output: string): number | undefined {
  const found = /version "(?:1\.)?(\d+)/.exec(output)?.[1]
  return found === undefined ? undefined : Number(found)
}

function splitBrokers(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '')
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim()
}
