import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { StackError } from '../errors.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import type { SupervisorEvent } from './events.ts'
import { supervise } from './supervise.ts'
import type { ServiceSpec, Supervisor } from './supervise.ts'

const quickBackoff = { firstMs: 20, maxMs: 40, resetAfterMs: 60_000 }
/** The dead keep their number until process 1 has reaped them, which takes it seconds on some systems. */
const reaping = { timeout: 10_000, interval: 20 }
const started: Supervisor[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((service) => service.stop()))
})

interface Trial {
  readonly service: Supervisor
  readonly events: SupervisorEvent[]
  readonly dir: string
}

/** Runs a shell script as the child; it counts as ready once it has made the file `ready`. */
function start(script: string, options: Partial<ServiceSpec> = {}): Trial {
  const dir = temporaryFolder('supervise-')
  const events: SupervisorEvent[] = []
  const service = supervise({
    name: 'child',
    command: '/bin/sh',
    args: ['-c', script],
    cwd: dir,
    logFile: join(dir, 'child.log'),
    isReady: () => Promise.resolve(existsSync(join(dir, 'ready'))),
    backoff: quickBackoff,
    ...options,
    onEvent: (event) => {
      if (event.kind === 'exited') rmSync(join(dir, 'ready'), { force: true })
      events.push(event)
    },
  })
  started.push(service)
  return { service, events, dir }
}

const serve = 'touch ready; exec sleep 60'

describe('supervise', () => {
  it('tells what happens from start to stop', async () => {
    const { service, events } = start(serve)
    await service.ready()
    await service.stop()
    expect(events.map((event) => event.kind)).toEqual(['starting', 'ready', 'exited', 'stopped'])
    expect(events[2]).toMatchObject({ code: null, signal: 'SIGTERM' })
    expect(service.pid()).toBeUndefined()
  })

  it('starts another process after a kill, once the old one is gone', async () => {
    const { service, events } = start(serve)
    await service.ready()
    const firstPid = service.pid()
    await service.killHard()
    await service.ready()
    expect(service.pid()).not.toBe(firstPid)
    expect(events.map((event) => event.kind)).toEqual([
      'starting',
      'ready',
      'exited',
      'restarting',
      'starting',
      'ready',
    ])
    expect(events[3]).toMatchObject({ inMs: quickBackoff.firstMs })
  })

  it('takes the descendants of a killed process along', async () => {
    const { service, dir } = start('sleep 60 & echo $! > grandchild; touch ready; wait')
    await service.ready()
    const grandchild = Number(readFileSync(join(dir, 'grandchild'), 'utf8'))
    expect(isAlive(grandchild)).toBe(true)
    await service.killHard()
    await expect.poll(() => isAlive(grandchild), reaping).toBe(false)
  })

  it('gives up on a process that never became ready, and says why', async () => {
    const { service, events } = start('echo "error: no such thing" >&2; exit 3', { startAttempts: 2 })
    const failure: unknown = await service.ready().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StackError)
    expect(failure).toMatchObject({
      code: 'START_FAILED',
      message: expect.stringMatching(/exit code 3.*error: no such thing/),
    })
    expect(events.filter((event) => event.kind === 'starting')).toHaveLength(2)
    expect(events.at(-1)?.kind).toBe('failed')
  })

  it('kills a process that does not become ready in time', async () => {
    const { service } = start('exec sleep 60', { readyTimeoutMs: 100, startAttempts: 1 })
    await expect(service.ready()).rejects.toThrow('SIGKILL')
  })

  it('says that a program does not exist', async () => {
    const { service } = start('', { command: '/nonexistent/program', startAttempts: 1 })
    await expect(service.ready()).rejects.toThrow('exit code 127')
  })

  it('kills a process that ignores the request to end', async () => {
    const { service, events } = start(`trap '' TERM; ${serve}`, { stopTimeoutMs: 100 })
    await service.ready()
    await service.stop()
    expect(events).toContainEqual({ kind: 'exited', name: 'child', code: null, signal: 'SIGKILL' })
  })

  it('can end a process by closing its stdin', async () => {
    const { service, events } = start('touch ready; cat >/dev/null; exit 7', { stopBy: 'stdin-end' })
    await service.ready()
    await service.stop()
    expect(events).toContainEqual({ kind: 'exited', name: 'child', code: 7, signal: null })
  })

  it('lets others go first from the given time on', async () => {
    const { service } = start(serve, { givesWayAfterMs: 200 })
    const { service: important } = start(serve)
    await Promise.all([service.ready(), important.ready()])
    const before = nicenessOf(service.pid())
    expect(before).toBe(nicenessOf(important.pid()))
    await expect.poll(() => nicenessOf(service.pid()), reaping).toBe(before + 5)
    expect(nicenessOf(important.pid())).toBe(before)
  })

  it.skipIf(process.platform !== 'linux')('and does so with all its threads', async () => {
    const threaded = `touch ready; exec "${process.execPath}" -e "setTimeout(() => {}, 60000)"`
    const { service } = start(threaded, { givesWayAfterMs: 1_500 })
    await service.ready()
    await expect.poll(() => nicenessOfThreads(service.pid()).length, reaping).toBeGreaterThan(5)
    const wanted = nicenessOf() + 5
    await expect.poll(() => [...new Set(nicenessOfThreads(service.pid()))], reaping).toEqual([wanted])
  })

  it.skipIf(!hasAutogroups())('lets other sessions go first, where these share out the cores', async () => {
    const { service } = start(serve, { givesWayAfterMs: 200 })
    await service.ready()
    expect(groupNicenessOf(service.pid())).toBe(0)
    await expect.poll(() => groupNicenessOf(service.pid()), reaping).toBe(5)
  })

  // Within its session, which is the process alone, only root can go back; among sessions anybody may.
  it.skipIf(process.getuid?.() !== 0)('does not give way for a while when it has to catch up', async () => {
    const { service } = start(serve, { givesWayAfterMs: 200 })
    await service.ready()
    const before = nicenessOf()
    await expect.poll(() => nicenessOf(service.pid()), reaping).toBe(before + 5)
    service.catchUp()
    await expect.poll(() => nicenessOf(service.pid()), reaping).toBe(before)
  })

  it.skipIf(process.getuid?.() !== 0)('and gives way again after it', async () => {
    const { service } = start(serve, { givesWayAfterMs: 200, catchUpMs: 1_000 })
    await service.ready()
    const before = nicenessOf()
    await expect.poll(() => nicenessOf(service.pid()), reaping).toBe(before + 5)
    service.catchUp()
    await expect.poll(() => nicenessOf(service.pid()), { ...reaping, interval: 20 }).toBe(before)
    await expect.poll(() => nicenessOf(service.pid()), reaping).toBe(before + 5)
  })

  it.skipIf(!hasAutogroups())('nor does its session then', async () => {
    const { service } = start(serve, { givesWayAfterMs: 200 })
    await service.ready()
    await expect.poll(() => groupNicenessOf(service.pid()), reaping).toBe(5)
    service.catchUp()
    await expect.poll(() => groupNicenessOf(service.pid()), reaping).toBe(0)
  })

  it('does not start again while it is held back, and says why once', async () => {
    let why: string | undefined = 'there is no room'
    const { service, events } = start(serve, { heldBack: () => Promise.resolve(why) })
    await service.ready()
    await service.killHard('it has to')
    await expect.poll(() => events.at(-1)?.kind).toBe('held-back')
    expect(service.pid()).toBeUndefined()
    why = undefined
    await service.ready()
    expect(events.map((event) => event.kind)).toEqual([
      'starting',
      'ready',
      'killing',
      'exited',
      'restarting',
      'held-back',
      'starting',
      'ready',
    ])
    expect(events[2]).toMatchObject({ reason: 'it has to' })
    expect(events[5]).toMatchObject({ reason: 'there is no room' })
  })

  it('stops while it is held back', async () => {
    const { service, events } = start(serve, { heldBack: () => Promise.resolve('there is no room') })
    await service.ready()
    await service.killHard()
    await expect.poll(() => events.at(-1)?.kind).toBe('held-back')
    await service.stop()
    expect(events.at(-1)?.kind).toBe('stopped')
  })

  it('stops while it waits for the next start', async () => {
    const slow = { firstMs: 60_000, maxMs: 60_000, resetAfterMs: 60_000 }
    const { service, events } = start(serve, { backoff: slow })
    await service.ready()
    await service.killHard()
    await expect.poll(() => events.at(-1)?.kind).toBe('restarting')
    await service.stop()
    expect(events.at(-1)?.kind).toBe('stopped')
  })

  it('writes what the process says into the log', async () => {
    const { service, dir } = start(`echo out; echo err >&2; ${serve}`)
    await service.ready()
    await service.stop()
    expect(readFileSync(join(dir, 'child.log'), 'utf8').split('\n').sort()).toEqual(['', 'err', 'out'])
  })

  it('counts a probe that fails as not ready', async () => {
    let asked = 0
    const { service } = start(serve, {
      isReady: () => {
        asked += 1
        return asked < 3 ? Promise.reject(new Error('refused')) : Promise.resolve(true)
      },
    })
    await service.ready()
    expect(asked).toBe(3)
  })
})

describe('a parent killed with -9', () => {
  it('leaves neither child nor grandchild', async () => {
    const dir = temporaryFolder('orphans-')
    const parentScript = join(dir, 'parent.ts')
    const superviseModule = new URL('./supervise.ts', import.meta.url).href
    writeFileSync(
      parentScript,
      `import { supervise } from ${JSON.stringify(superviseModule)}
       const args = ['-c', "trap '' TERM HUP; sleep 60 & echo $! > grandchild; wait"]
       const service = supervise({ name: 'child', command: '/bin/sh', args, cwd: ${JSON.stringify(dir)},
         logFile: 'child.log', isReady: () => Promise.resolve(true) })
       console.log(service.pid())`,
    )
    const { service: parent } = start('', {
      command: process.execPath,
      args: [parentScript],
      isReady: () => Promise.resolve(existsSync(join(dir, 'grandchild'))),
    })
    await parent.ready()
    const grandchild = Number(readFileSync(join(dir, 'grandchild'), 'utf8'))
    expect(isAlive(grandchild)).toBe(true)
    await parent.killHard()
    await expect.poll(() => isAlive(grandchild), reaping).toBe(false)
  })
})

function nicenessOf(pid = 0): number {
  return getPriority(pid)
}

/** Of a thread's 52 fields, counted from the one behind its name, the seventeenth is its niceness. */
function nicenessOfThreads(pid = 0): number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[16]),
  )
}

function groupNicenessOf(pid = 0): number {
  return Number(/nice (-?\d+)/.exec(readFileSync(`/proc/${pid}/autogroup`, 'utf8'))?.[1])
}

function hasAutogroups(): boolean {
  try {
    accessSync('/proc/self/autogroup', constants.W_OK)
    return true
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
