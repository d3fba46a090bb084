import { TOPICS } from '@meterline/contract'
import type { TopicDefinition } from '@meterline/contract'
import { KafkaError, returnToOutputs } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { Command } from 'commander'

import { CliError } from '../cli-error.ts'
import { openConnection } from '../connection/connection.ts'
import { countText } from '../output/format.ts'
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
    await requirePartition(kafka, topic, partition)
    const moved = await returnToOutputs(kafka, {
      groupId: TASK,
      topic,
      partition,
      transactionalId: `${TASK}-${partition}`,
      restoreTopics: [TOPICS.usageMetered.name, TOPICS.meterChangelog.name],
      writesTo: Object.values<TopicDefinition>(TOPICS)
        .filter(({ writtenBy }) => writtenBy.includes(TASK))
        .map(({ name }) => name),
      apply: yes === true,
    })
    console.log(
      yes === true ? wasDone(`${topic}/${partition}`, moved) : wouldBeDone(`${topic}/${partition}`, moved),
    )
  } catch (error) {
    if (error instanceof KafkaError && error.code === 'inconsistent') {
      throw new CliError(`${error.message}. Nothing was changed: this is not what "release" is for.`)
    }
    throw error
  } finally {
    await kafka.close()
  }
}

async function requirePartition(kafka: KafkaClient, topic: string, partition: number): Promise<void> {
  const partitions = await kafka.reads.partitionsOf(topic)
  if (partitions.includes(partition)) return
  throw new CliError(`${topic} has no partition ${partition}: 0 to ${Math.max(...partitions)}`)
}

interface Moved {
  readonly from: number
  readonly to: number
}

const wouldBeDone = (name: string, { from, to }: Moved): string =>
  `${name} stands at offset ${from}, and the newest outputs in Kafka were written at ${to}: what came out of the offsets between is gone.
--yes sets the position back to ${to}. Up to ${countText(from - to)} records are then read once more; what is in usage.metered does not count again.
Nothing was changed. Stop the processors, and say it again with --yes.`

const wasDone = (name: string, { from, to }: Moved): string =>
  `${name} stands at offset ${to} again (it was ${from}): up to ${countText(from - to)} records are read once more when a processor starts.
Start the processors, then look at "meterline reconcile".`
