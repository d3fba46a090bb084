import { watchDiskSpace } from '@meterline/local-stack'
import { Command } from 'commander'
import colors from 'picocolors'

import { credentialsPath } from '../connection/credentials-file.ts'
import { stateDirOf } from '../connection/state-dir.ts'
import { durationText } from '../output/format.ts'
import { forgetData } from '../up/forget-data.ts'
import { lockInstance } from '../up/instance-lock.ts'
import { makePrivateFolders } from '../up/private-folders.ts'
import { createProcessesFile } from '../up/processes-file.ts'
import { createReporter } from '../up/reporter.ts'
import { runUntilStopped } from '../up/run-until-stopped.ts'
import { startMeterline } from '../up/start-meterline.ts'
import { createStopper } from '../up/stopper.ts'
import type { UpFlags } from '../up/up-flags.ts'
import { withUpFlags } from '../up/up-flags.ts'
import { welcomeText } from '../up/welcome-text.ts'

export function upCommand(): Command {
  return withUpFlags(new Command('up').description('start everything, and show what is burning')).action(up)
}

async function up(flags: UpFlags): Promise<void> {
  const startedMs = performance.now()
  const stateDir = stateDirOf(flags)
  const unlock = lockInstance(stateDir)
  const stopper = createStopper()
  try {
    if (flags.fresh === true) forgetData(stateDir)
    makePrivateFolders(stateDir)
    const endWatch = watchDiskSpace(stateDir, { onFull: stopper.fail })
    stopper.add('disk watch', () => Promise.resolve(endWatch()))
    const reporter = createReporter(stateDir)
    const noteProcess = createProcessesFile(stateDir)
    reporter.line(`Starting Meterline in ${stateDir}`)
    const starting = startMeterline({
      flags,
      stateDir,
      reporter,
      stopping: stopper.signal,
      onStarted: stopper.add,
      onEvent: (event) => {
        try {
          noteProcess(event)
          reporter.supervisor(event)
        } catch (error) {
          stopper.fail(error)
        }
      },
    })
    const running = await Promise.race([starting, stopper.aborted])
    reporter.unlogged(`\n${welcomeText(running.credentials, credentialsPath(stateDir))}`)
    reporter.line(
      colors.green(`\nMeterline is ready after ${durationText(performance.now() - startedMs)}.\n`),
    )
    await runUntilStopped({ running, flags, stateDir, reporter, stopper })
  } catch (error) {
    if (!stopper.signal.aborted) throw error
  } finally {
    if (stopper.signal.aborted) console.log('\nStopping …')
    await stopper.stopAll()
    unlock()
    if (stopper.signal.aborted) console.log('Stopped. The data is kept; start again to go on.')
  }
  if (stopper.failure() !== undefined) throw stopper.failure()
}
