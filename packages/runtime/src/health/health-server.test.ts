import { afterEach, expect, test } from 'vitest'

import { createMetrics } from '../metrics.ts'
import { startHealthServer } from './health-server.ts'
import type { HealthServer } from './health-server.ts'
import type { ProbeResult } from './probe.ts'
import { probe } from './probe.ts'

let server: HealthServer | undefined
afterEach(async () => server?.close())

test('a report is answered as JSON, and with 503 and the reason while it cannot be had', async () => {
  let report = () => Promise.reject<unknown>(new Error('ClickHouse is away'))
  const reports = { '/v1/report': () => report() }
  server = await startHealthServer({
    host: '127.0.0.1',
    port: 0,
    probes: [],
    metrics: createMetrics('x'),
    reports,
  })
  const url = `http://127.0.0.1:${server.port}/v1/report`
  const away = await fetch(url)
  expect([away.status, await away.json()]).toEqual([
    503,
    { error: { code: 'unavailable', message: 'ClickHouse is away' } },
  ])
  report = () => Promise.resolve({ holds: true })
  expect(await (await fetch(url)).json()).toEqual({ holds: true })
})

test('live is 200 while ready names the red probe with 503', async () => {
  let result: ProbeResult = { ok: false, detail: 'Kafka is away' }
  const probes = [probe('kafka', () => result)]
  server = await startHealthServer({ host: '127.0.0.1', port: 0, probes, metrics: createMetrics('x') })
  const url = `http://127.0.0.1:${server.port}`

  expect((await fetch(`${url}/health/live`)).status).toBe(200)
  const red = await fetch(`${url}/health/ready`)
  expect(red.status).toBe(503)
  expect(await red.json()).toEqual({
    status: 'not ready',
    checks: [{ name: 'kafka', ok: false, detail: 'Kafka is away' }],
  })
  result = { ok: true }
  expect((await fetch(`${url}/health/ready`)).status).toBe(200)
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('process_cpu_user_seconds_total')
})
