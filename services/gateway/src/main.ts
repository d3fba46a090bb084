import { runService } from '@meterline/runtime'

import { readGatewayConfig } from './config.ts'
import { startGateway } from './start-gateway.ts'

const config = readGatewayConfig()

await runService({
  name: 'gateway',
  logLevel: config.LOG_LEVEL,
  start: (shell) => startGateway(config, shell),
  stop: (running) => running.stop(),
  // Longer than the write deadline: a request under way gets its answer. Shorter than what a supervisor grants.
  shutdownDeadlineMs: 11_500,
})
