// Makes a fresh clone runnable with nothing but Node >= 20 and npm. Plain JavaScript without dependencies, because it
// runs before anything is installed. Everything it says goes to stderr: stdout belongs to the command it makes way for.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const oldestNode = 20
const stampFile = join(root, 'node_modules', '.meterline-installed')
const nodeFile = join(root, 'node_modules', 'node', 'bin', 'node')
const keptOutputLines = 30
const forwardedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** A sentence for the person at the terminal; anything else that is thrown here is a defect. */
class BootstrapError extends Error {}

/** Installs pnpm, Node 24 and the dependencies where they are missing; gives the path of that Node. */
export async function bootstrap() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < oldestNode) {
    throw new BootstrapError(
      `Meterline needs Node ${oldestNode} or newer to start and this is Node ${process.versions.node}; install a newer one.`,
    )
  }
  const wanted = installationHash()
  if (existsSync(nodeFile) && installedHash() === wanted) return nodeFile
  const pnpm = await ensurePnpm()
  say('Installing dependencies …')
  await run(pnpm, ['install', '--frozen-lockfile', '--reporter=append-only'], 'install the dependencies')
  if (!existsSync(nodeFile))
    throw new BootstrapError('The installation left no Node 24 behind; delete node_modules and start again.')
  writeFileSync(stampFile, wanted)
  say('Dependencies are installed.')
  return nodeFile
}

/** Runs `main` and turns what a person can mend into one sentence and exit code 1. */
export async function orSayWhy(main) {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error
    say(error.message)
    process.exitCode = 1
  }
}

/*
 * The child belongs to the terminal's own group, so that it can draw there and a Ctrl-C reaches it. It must not outlive
 * this process even when that is killed with -9: a sub-shell reads from a pipe (fd 3) whose other end only we hold. The
 * kernel closes it when we die, the read fails, and the sub-shell kills the child. After an orderly end we write a line,
 * the read succeeds, and it kills nobody: the child's number may belong to somebody else by then.
 */
const watchedExec = '( read -r _ <&3 || kill -9 $$ ) >/dev/null 2>&1 & exec "$@" 3<&-'

/** Runs a program with our terminal, our signals and our life span; gives its exit code. */
export function runAttached(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', watchedExec, 'sh', command, ...args], {
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
      env: toolEnvironment(),
    })
    const lifeline = child.stdio[3]
    lifeline.on('error', () => {})
    // In a terminal the child gets Ctrl-C by itself; a second one would mean "at once".
    const forward = (signal) => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    for (const signal of forwardedSignals) process.on(signal, forward)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      for (const forwarded of forwardedSignals) process.off(forwarded, forward)
      lifeline.end('\n', () => resolve(code ?? 128 + constants.signals[signal]))
    })
  })
}

function toolEnvironment() {
  return { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}` }
}

/** All that decides what `pnpm install` does. */
function installationHash() {
  const hash = createHash('sha256')
  const patches = join(root, 'patches')
  const patchFiles = existsSync(patches)
    ? readdirSync(patches)
        .sort()
        .map((name) => join('patches', name))
    : []
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...patchFiles])
    hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function installedHash() {
  return existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : undefined
}

/** pnpm of the version the workspace pins, through npm, in a folder of ours: nothing global is touched. */
async function ensurePnpm() {
  const version = /^ {2}pnpm: (\S+)$/m.exec(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'))[1]
  const dir = join(root, '.meterline', 'toolchain', `pnpm-${version}`)
  const stamp = join(dir, 'complete')
  const entry = join(dir, 'node_modules', '.bin', 'pnpm')
  if (existsSync(stamp)) return entry
  say(`Installing pnpm ${version} …`)
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  // A package of its own, so that npm does not climb up to ours.
  writeFileSync(join(dir, 'package.json'), '{ "private": true }\n')
  // npm's own patience with a registry that does not answer is over a minute.
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=2000']
  const quiet = ['--no-audit', '--no-fund', '--no-save', '--loglevel=error']
  await run('npm', ['install', '--prefix', dir, ...quiet, ...patience, `pnpm@${version}`], 'install pnpm')
  writeFileSync(stamp, '')
  return entry
}

/** Shows the progress lines of an installer; keeps the rest for the case that it fails. */
function run(command, args, purpose) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CI: 'true' },
    })
    const output = []
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        output.push(line)
        if (output.length > keptOutputLines) output.shift()
        if (line.startsWith('Progress:')) say(`  ${line}`)
      })
    }
    child.on('error', (cause) =>
      reject(new BootstrapError(`${command} could not be run to ${purpose}: ${cause.message}.`)),
    )
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new BootstrapError(explain(output.join('\n'), purpose))),
    )
  })
}

function explain(output, purpose) {
  if (/ENOSPC/.test(output)) return `The disk is full; free some space to ${purpose}.`
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|META_FETCH_FAIL/.test(output)) {
    return `The package registry cannot be reached to ${purpose}; check the network and npm's registry setting, then start again.`
  }
  return `It was not possible to ${purpose}. The last lines were:\n${output}`
}

function say(line) {
  process.stderr.write(`${line}\n`)
}
