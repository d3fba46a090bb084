// A notifier as a process of its own, that kills itself at a step of a delivery: `FAULT_STEP` for the `FAULT_OCCURRENCE`th time.
import { runService } from '@meterline/runtime'

import { readNotifierConfig } from '../config.ts'
import { startNotifier } from '../start-notifier.ts'
import { faultOf } from './fault.ts'

const config = readNotifierConfig()
const { step, occurrence } = faultOf(process.argv[2])
let reached = 0

await runService({
  name: 'notifier',
  logLevel: config.LOG_LEVEL,
  start: (shell) =>
    startNotifier(config, shell, (now) => {
      if (now !== step) return
      reached += 1
      if (reached === occurrence) process.kill(process.pid, 'SIGKILL')
    }),
  stop: (running) => running.stop(),
})
