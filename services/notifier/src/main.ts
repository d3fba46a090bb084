import { runService } from '@meterline/runtime'

import { readNotifierConfig } from './config.ts'
import { startNotifier } from './start-notifier.ts'

const config = readNotifierConfig()

await runService({
  name: 'notifier',
  logLevel: config.LOG_LEVEL,
  start: (shell) => startNotifier(config, shell),
  stop: (running) => running.stop(),
})
