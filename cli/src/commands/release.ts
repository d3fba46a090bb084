import { encodeMeterTally, TOPICS } from '@meterline/contract'
import type { TopicDefinition } from '@meterline/contract'
import { KafkaError, matchOutputs } from '@meterline/kafka'
import type { KafkaClient, Mismatch } from '@meterline/kafka'
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
    .description('let meter go on where it halted because Kafka ended one transaction in two ways')
    .requiredOption('--partition <number>', 'of usage.events, as the processor’s log names it', wholeNumber)
    .option('--yes', 'do it; without it, only say what would be done')
    .addOption(stateDirOption())
    .addHelpText('after', '\nStop the processors before it, start them after it: docs/reliability.md.')
    .action(run)
}

async function run({ partition, yes, ...flags }: ReleaseFlags): Promise<void> {
  const kafka = openConnection(flags).openKafka()
  const topic = TOPICS.usageEvents.name
  try {
    await requirePartition(kafka, topic, partition)
    const mismatch = await matchOutputs(kafka, {
      groupId: TASK,
      topic,
      partition,
      transactionalId: `${TASK}-${partition}`,
      restoreTopics: [TOPICS.usageMetered.name, TOPICS.meterChangelog.name],
      writesTo: Object.values<TopicDefinition>(TOPICS)
        .filter(({ writtenBy }) => writtenBy.includes(TASK))
        .map(({ name }) => name),
      // What is read a second time is known by its request; its rows stand already, so counting begins behind it.
      noteAhead: (outputs) => encodeMeterTally({ fromOffset: outputs, hours: new Map(), earlier: undefined }),
      apply: yes === true,
    })
    const say = yes === true ? wasDone : wouldBeDone
    console.log(say(`${topic}/${partition}`, mismatch))
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

function wouldBeDone(name: string, { kind, position, outputs }: Mismatch): string {
  const records = countText(Math.abs(position - outputs))
  const what =
    kind === 'outputs-lost'
      ? `${name} stands at offset ${position}, and the newest outputs in Kafka were written at ${outputs}: what came out of the offsets between is gone.
--yes sets the position back to ${outputs}. Up to ${records} records are then read once more; what is in usage.metered does not count again.`
      : `${name} stands at offset ${position}, and outputs in Kafka were written up to ${outputs}: their position is gone.
--yes leaves the position where it is and makes the outputs known. Up to ${records} records are then read once more; what is in usage.metered does not count again.`
  return `${what}
Nothing was changed. Stop the processors, and say it again with --yes.`
}

function wasDone(name: string, { kind, position, outputs }: Mismatch): string {
  const records = countText(Math.abs(position - outputs))
  const what =
    kind === 'outputs-lost'
      ? `${name} stands at offset ${outputs} again (it was ${position})`
      : `${name} stands at offset ${position} still, and its outputs up to ${outputs} are known`
  return `${what}: up to ${records} records are read once more when a processor starts.
Start the processors, then look at "meterline reconcile".`
}
