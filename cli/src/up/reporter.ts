import type { SupervisorEvent } from '@meterline/local-stack'
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import colors from 'picocolors'

import { durationText } from '../output/format.ts'

const MAX_NOTICES = 3

/** What `up` tells while it starts and runs: steps with their time, and what befalls the children. Also kept in `logs/up.log`. */
export interface Reporter {
  line(text: string): void
  /** Only printed: the log is for whoever helps, and secrets are not. */
  unlogged(text: string): void
  step<T>(name: string, act: () => Promise<T>): Promise<T>
  supervisor(event: SupervisorEvent): void
  /** From here on notices are collected for a screen instead of being printed. */
  collectNotices(): () => readonly string[]
}

export function createReporter(stateDir: string): Reporter {
  const logDir = join(stateDir, 'logs')
  mkdirSync(logDir, { recursive: true })
  const notices: string[] = []
  let collecting = false
  /** Its end was told, and why; that it ended is no news. */
  const killed = new Set<string>()
  const log = (text: string): void =>
    appendFileSync(join(logDir, 'up.log'), `${new Date().toISOString()} ${text}\n`)
  const line = (text: string): void => {
    log(text)
    console.log(text)
  }
  const notice = (text: string): void => {
    log(text)
    notices.push(`${new Date().toISOString().slice(11, 19)}  ${text}`)
    if (notices.length > MAX_NOTICES) notices.shift()
    if (!collecting) console.log(`  ${colors.yellow('!')} ${text}`)
  }
  return {
    line,
    unlogged: (text) => console.log(text),
    async step(name, act) {
      const startedMs = performance.now()
      if (process.stdout.isTTY) process.stdout.write(`  ${colors.dim('…')} ${name}`)
      try {
        const result = await act()
        const took = colors.dim(durationText(performance.now() - startedMs))
        log(`${name} ${durationText(performance.now() - startedMs)}`)
        console.log(`${clear()}  ${colors.green('✓')} ${name} ${took}`)
        return result
      } catch (error) {
        console.log(`${clear()}  ${colors.red('✗')} ${name}`)
        throw error
      }
    },
    supervisor(event) {
      if (event.kind === 'killing') killed.add(event.name)
      const text = event.kind === 'restarting' && killed.delete(event.name) ? undefined : noticeText(event)
      if (text !== undefined) notice(text)
      else log(JSON.stringify(event))
    },
    collectNotices() {
      collecting = true
      return () => notices
    },
  }
}

function clear(): string {
  return process.stdout.isTTY ? '\r\u001B[K' : ''
}

function noticeText(event: SupervisorEvent): string | undefined {
  switch (event.kind) {
    case 'restarting':
      return `${event.name} ended unexpectedly; starting it again in ${durationText(event.inMs)}`
    case 'failed':
      return event.reason
    case 'killing':
      return `${event.name} is stopped: ${event.reason}`
    case 'held-back':
      return `${event.name} is not started yet: ${event.reason}`
    case 'starting':
    case 'ready':
    case 'exited':
    case 'stopped':
      return undefined
  }
}
