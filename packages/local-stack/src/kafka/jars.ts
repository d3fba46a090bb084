import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StackError } from '../errors.ts'
import { runCommand } from '../machine/run-command.ts'

const pomFile = fileURLToPath(new URL('../../kafka/pom.xml', import.meta.url))

const stampName = 'complete'
const downloadTimeoutMs = 10 * 60_000

/** The folder of Kafka's jars for this pom, whether it is there yet or not. */
export async function kafkaLibDir(cacheDir: string): Promise<string> {
  const pomHash = createHash('sha256')
    .update(await readFile(pomFile))
    .digest('hex')
  return join(cacheDir, `kafka-${pomHash.slice(0, 12)}`)
}

export function hasKafkaJars(libDir: string): boolean {
  return existsSync(join(libDir, stampName))
}

/**
 * Kafka's jars from Maven Central, downloaded once per pom. They are gathered beside their place, stamped, and moved
 * there whole: a download that broke off, or two at the same time, never leave a folder that only looks complete.
 *
 * @throws StackError `DOWNLOAD_FAILED`
 */
export async function ensureKafkaJars(cacheDir: string): Promise<string> {
  const libDir = await kafkaLibDir(cacheDir)
  if (hasKafkaJars(libDir)) return libDir
  const gatheringDir = `${libDir}.${randomUUID()}`
  await mkdir(gatheringDir, { recursive: true })
  try {
    await download(gatheringDir)
    await writeFile(join(gatheringDir, stampName), '')
    await moveIntoPlace(gatheringDir, libDir)
  } finally {
    await rm(gatheringDir, { recursive: true, force: true })
  }
  return libDir
}

async function download(targetDir: string): Promise<void> {
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${targetDir}`]
  const result = await runCommand('mvn', ['-q', '-B', '-f', pomFile, ...goal], {
    timeoutMs: downloadTimeoutMs,
  })
  if (result.ok) return
  const reason = result.output.split('\n').find((line) => line.includes('[ERROR]')) ?? result.output
  throw new StackError(
    'DOWNLOAD_FAILED',
    `Maven could not download Apache Kafka; check the network and Maven's settings. It says: ${reason.trim()}`,
  )
}

async function moveIntoPlace(gatheringDir: string, libDir: string): Promise<void> {
  if (!hasKafkaJars(libDir)) await rm(libDir, { recursive: true, force: true })
  try {
    await rename(gatheringDir, libDir)
  } catch (error) {
    // Somebody else was faster with the very same jars.
    if (!hasKafkaJars(libDir)) throw error
  }
}
