import { setTimeout as sleep } from 'node:timers/promises'

import type { Fault } from './fault.ts'

/** ClickHouse killed in mid-insert, started again at once. */
export const killClickhouse: Fault = {
  name: 'kill-clickhouse',
  what: '`kill -9` of ClickHouse',
  recoversWithinMs: 60_000,
  isQuick: true,
  async strike({ world }) {
    await world.server.kill()
    return { kind: 'struck' }
  },
}

/** ClickHouse gone for longer than any budget of retries: records wait in Kafka, nobody gives up. */
export const clickhouseDown: Fault = {
  name: 'clickhouse-down',
  what: 'ClickHouse killed and kept away',
  recoversWithinMs: 60_000,
  isQuick: true,
  async strike({ world, form }) {
    await world.server.down()
    await sleep(form.outageMs)
    await world.server.up()
    return { kind: 'struck', note: `${form.outageMs / 1_000} s` }
  },
}

/** ClickHouse takes connections and answers nothing, and then everything at once. */
export const freezeClickhouse: Fault = {
  name: 'freeze-clickhouse',
  what: 'SIGSTOP of ClickHouse, then SIGCONT',
  recoversWithinMs: 90_000,
  isQuick: false,
  async strike({ world, form }) {
    const pid = world.server.pid()
    if (pid === undefined) throw new Error('ClickHouse is not running')
    process.kill(pid, 'SIGSTOP')
    await sleep(form.outageMs / 2)
    process.kill(pid, 'SIGCONT')
    return { kind: 'struck', note: `${form.outageMs / 2_000} s` }
  },
}
