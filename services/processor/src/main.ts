import { runService } from '@meterline/runtime'

import { readProcessorConfig } from './config.ts'
import { startProcessor } from './start-processor.ts'

const config = readProcessorConfig()

await runService({
  name: 'processor',
  logLevel: config.LOG_LEVEL,
  start: (shell) => startProcessor(config, shell),
  stop: (running) => running.stop(),
})
