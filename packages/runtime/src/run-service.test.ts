import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'

const PROGRAM = `
import { runService } from ${JSON.stringify(new URL('./run-service.ts', import.meta.url).href)}
const mode = process.argv[1]
await runService({
  name: 'probe',
  shutdownDeadlineMs: 300,
  start: async (shell) => {
    if (mode === 'fails') throw new Error('no broker')
    if (mode === 'rejects') setTimeout(() => void Promise.reject(new Error('late')), 10)
    return shell
  },
  stop: async () => { if (mode === 'hangs') await new Promise(() => {}) },
})`

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Starts the program and, once it has written `started`, does `then`; answers the exit code and what was logged. */
async function run(mode: string, then?: (child: ChildProcess) => void) {
  const args = ['--input-type=module', '--experimental-strip-types', '-e', PROGRAM, mode]
  const env = { ...process.env, METERLINE_SUPERVISED: '1' }
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  let log = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const before = log.includes('serviceStarted')
    log += text
    if (!before && log.includes('serviceStarted')) then?.(child)
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, log }
}

test('a signal stops it in order, with code 0', async () => {
  const { code, log } = await run('runs', (child) => child.kill('SIGTERM'))
  expect(code).toBe(0)
  expect(log).toContain('serviceStopped')
})

test('the end of its stdin is the death of its supervisor', async () => {
  const { code, log } = await run('runs', (child) => child.stdin?.end())
  expect(code).toBe(0)
  expect(log).toContain('the supervisor is gone')
})

test('a stop that hangs is cut off at its deadline, with code 2', async () => {
  const { code } = await run('hangs', (child) => child.kill('SIGTERM'))
  expect(code).toBe(2)
})

test.each(['fails', 'rejects'])('a service that %s ends with code 1 and says why', async (mode) => {
  const { code, log } = await run(mode)
  expect(code).toBe(1)
  expect(log).toMatch(/no broker|late/)
})
