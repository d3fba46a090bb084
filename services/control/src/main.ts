import { runService } from '@meterline/runtime'

import { readControlConfig } from './config.ts'
import { startControl } from './start-control.ts'

const config = readControlConfig()

await runService({
  name: 'control',
  logLevel: config.LOG_LEVEL,
  start: (shell) => startControl(config, shell),
  stop: (running) => running.stop(),
  // Longer than the reading back of a command: one under way gets its answer. Shorter than what a supervisor grants.
  shutdownDeadlineMs: 11_500,
})
