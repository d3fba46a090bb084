import { DEFAULT_USAGE_PARTITIONS, TOPICS } from '@meterline/contract'
import type { Admin } from 'kafkajs'

import type { Bench } from '../bench.ts'
import { prefillEvents } from '../load/prefill.ts'
import type { Figure } from '../report/figure.ts'
import { burnFigures, drainDeltas, drainWideDeltas } from './burn.ts'
import type { BurnRounds } from './burn.ts'
import { drainEvents, meterFigure } from './meter.ts'
import { roundText } from '../measure/rounds.ts'
import type { Round } from '../measure/rounds.ts'
import { repeatRounds } from '../measure/repeat-rounds.ts'
import { measureMeterCore } from './meter-core.ts'
import { drainMetered, sinkFigure } from './sink.ts'
import type { SinkRound } from './sink.ts'

/**
 * Backlogs, one service at a time: each round fills usage.events, lets meter work it off, and then lets sink and burn work
 * off what meter wrote.
 */
export async function measureBacklog(bench: Bench): Promise<Figure[]> {
  const { figures, rounds, events } = bench.options
  const meter: Round[] = []
  const sink: SinkRound[] = []
  const burn: BurnRounds = { narrow: [], wide: [] }
  const admin = await bench.stack.kafka.openAdmin()
  try {
    await repeatRounds(bench, rounds, async (round) => {
      bench.say(`writing ${events} events, round ${round + 1}`)
      await prefillEvents(bench.stack, {
        topic: TOPICS.usageEvents.name,
        partitions: DEFAULT_USAGE_PARTITIONS,
        events,
        seed: `r${round}`,
      })
      meter.push(await told(bench, drainEvents(bench, admin, round)))
      if (figures.has('sink')) {
        sink.push(await told(bench, drainMetered(bench, admin, round)))
      }
      if (figures.has('burn')) {
        bench.say(`burn, round ${round + 1}`)
        burn.narrow.push(await drainDeltas(bench, admin))
      }
    })
    if (figures.has('burn')) await measureWideBurn(bench, admin, burn)
  } finally {
    await admin.disconnect()
  }
  return [
    ...(figures.has('meter')
      ? [meterFigure(meter), ...(bench.signal.aborted ? [] : [measureMeterCore()])]
      : []),
    ...(figures.has('burn') ? await burnFigures(bench, burn) : []),
    ...(figures.has('sink') ? [sinkFigure(sink)] : []),
  ]
}

async function told<T extends Round>({ say }: Bench, measuring: Promise<T>): Promise<T> {
  const round = await measuring
  say(roundText(round))
  return round
}

async function measureWideBurn(bench: Bench, admin: Admin, burn: BurnRounds): Promise<void> {
  await repeatRounds(bench, bench.options.rounds, async (round) => {
    bench.say(`burn with many scopes, round ${round + 1}`)
    burn.wide.push(await drainWideDeltas(bench, admin, round))
  })
}
