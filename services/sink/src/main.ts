import { runService } from '@meterline/runtime'

import { readSinkConfig } from './config.ts'
import { startSink } from './start-sink.ts'

const config = readSinkConfig()

await runService({
  name: 'sink',
  logLevel: config.LOG_LEVEL,
  start: (shell) => startSink(config, shell),
  async stop({ kafka, clickhouse, pipeline, reconciliation, health, stall }) {
    stall.stop()
    reconciliation.stop()
    await pipeline.stop()
    await health.close()
    await clickhouse.close()
    await kafka.close()
  },
})
