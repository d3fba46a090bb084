import { expect, test } from 'vitest'

import { createLogger } from '../logger.ts'
import { createMetrics } from '../metrics.ts'
import { defineEvents, event } from './define-events.ts'

test('one call writes the line and moves the metrics', async () => {
  const lines: string[] = []
  const logger = createLogger({ name: 'sink', destination: { write: (line) => void lines.push(line) } })
  const metrics = createMetrics('sink')
  const events = defineEvents(
    { logger, metrics },
    {
      batchInserted: event<{ table: string; rows: number }>({
        level: 'info',
        says: 'batch inserted',
        metrics: [
          {
            kind: 'counter',
            name: 'meterline_sink_inserted_rows',
            help: 'rows inserted',
            labelNames: ['table'],
            labels: ({ table }) => ({ table }),
            value: ({ rows }) => rows,
          },
        ],
      }),
    },
  )
  events.batchInserted({ table: 'usage', rows: 3 })
  events.batchInserted({ table: 'usage', rows: 4 })
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    event: 'batchInserted',
    rows: 3,
    msg: 'batch inserted',
  })
  expect(await metrics.metrics()).toMatch(/meterline_sink_inserted_rows\{table="usage",service="sink"\} 7/)
})
