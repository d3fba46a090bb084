import { TOPICS } from '@meterline/contract'
import { KafkaError, returnToOutputs } from '@meterline/kafka'
import { Command } from 'commander'

import { CliError } from '../cli-error.ts'
import { openConnection } from '../connection/connection.ts'
import { stateDirOption, wholeNumber } from './options.ts'

interface ReleaseFlags {
  readonly partition: number
  readonly yes?: boolean
  readonly stateDir?: string
}

/** Also the group and the prefix of the transactional ids. */
const TASK = 'meter'

export function releaseCommand(): Command {
  return new Command('release')
    .description('let meter go on where it halted because Kafka lost the outputs of a position')
    .requiredOption('--partition <number>', 'of usage.events, as the processor’s log names it', wholeNumber)
    .option('--yes', 'set the position back; without it, only say what would be done')
    .addOption(stateDirOption())
    .addHelpText('after', '\nStop the processors before it, start them after it: docs/reliability.md.')
    .action(run)
}

async function run({ partition, yes, ...flags }: ReleaseFlags): Promise<void> {
  const kafka = openConnection(flags).openKafka()
  const topic = TOPICS.usageEvents.name
  try {
    const { from, to } = await returnToOutputs(kafka, {
      groupId: TASK,
      topic,
      partition,
      transactionalId: `${TASK}-${partition}`,
      restoreTopics: [TOPICS.usageMetered.name, TOPICS.meterChangelog.name],
      apply: yes === true,
    })
    console.log(
      yes === true
        ? `${topic}/${partition} stands at ${to} again: ${from - to} records are read once more when a processor starts.`
        : `${topic}/${partition} stands at ${from}, its newest outputs at ${to}. --yes sets it back to ${to}.`,
    )
  } catch (error) {
    if (error instanceof KafkaError && error.code === 'inconsistent') throw new CliError(error.message)
    throw error
  } finally {
    await kafka.close()
  }
}
