import { FRAME_BYTES, spendStateCodec, TOPICS } from '@meterline/contract'
import type { SpendAlert, SpendState } from '@meterline/domain'
import type { LogRecord } from '@meterline/topology'

import { alertsIn } from '../../../../services/processor/src/burn/burn-log.test-data.ts'
import type { SimKafka } from '../kafka/sim-kafka.ts'
import { simBurnTopology } from '../world/processor-process.ts'
import { SPEND_PARTITIONS, START_MS } from '../world/settings.ts'
import { differences } from './differences.ts'

const HOUR_MS = 3_600_000

/**
 * Alerts and states are what the log of deltas, ticks and budgets says, record by record: read once more, from its beginning,
 * by a burn that no fault has met.
 */
export function checkAlerts(kafka: SimKafka): string[] {
  return Array.from({ length: SPEND_PARTITIONS }, (_, partition) => partition).flatMap((partition) => {
    const input = kafka.log(TOPICS.spendDelta.name, partition).records()
    const told = kafka.log(TOPICS.spendAlert.name, partition).records()
    const replayed = replay(input, partition)
    return [
      ...differences('alert', replayed.alerts, told.map(text)),
      ...sameOrder(replayed.alerts, told.map(text)),
      ...eachOnce(alertsIn(told)),
      ...sameStates(replayed.states, lastStates(kafka.log(TOPICS.spendState.name, partition).records())),
    ]
  })
}

function replay(
  input: readonly LogRecord[],
  partition: number,
): { readonly alerts: string[]; readonly states: ReadonlyMap<string, string> } {
  const task = simBurnTopology().create(partition)
  const outputs = input.flatMap((record) => [...task.process([record])])
  const written = (topic: string): { readonly value: Buffer | null }[] =>
    outputs.filter((output) => output.topic === topic).flatMap(({ messages }) => [...messages])
  return {
    alerts: written(TOPICS.spendAlert.name).map(text),
    states: lastStates(written(TOPICS.spendState.name)),
  }
}

const text = ({ value }: { readonly value: Buffer | null }): string => value?.toString() ?? ''

function sameOrder(expected: readonly string[], found: readonly string[]): string[] {
  return expected.length === found.length && expected.some((each, index) => each !== found[index])
    ? ['alerts in another order']
    : []
}

/** No version of an alert is told twice. */
function eachOnce(alerts: readonly SpendAlert[]): string[] {
  const versions = alerts.map(({ id, version }) => `${id} v${version}`)
  return differences('alert version', [...new Set(versions)], versions)
}

/**
 * What each scope stood at last, without what depends on how the log was cut: when exactly it was told, and the windows of then. Scopes that were last
 * told of before the clock of the log had reached the day of the run are left out: theirs is another day.
 */
function lastStates(records: readonly { readonly value: Buffer | null }[]): Map<string, string> {
  const last = new Map<string, SpendState>()
  for (const { value } of records) {
    const state = spendStateCodec.decode((value ?? Buffer.alloc(0)).subarray(FRAME_BYTES))
    last.set(state.scope, state)
  }
  const ofTheDay = [...last.values()].filter(({ as_of }) => as_of >= START_MS - HOUR_MS)
  return new Map(
    ofTheDay.map(({ scope, day_credits_micro, month_credits_micro, limit_micro, budget_state }) => [
      scope,
      JSON.stringify({ day_credits_micro, month_credits_micro, limit_micro, budget_state }),
    ]),
  )
}

/** Of the scopes that both tell of. */
function sameStates(expected: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): string[] {
  const both = [...expected].filter(([scope]) => found.has(scope))
  return differences(
    'state',
    both.map(stateText),
    both.map(([scope]) => stateText([scope, found.get(scope) ?? ''])),
  )
}

const stateText = ([scope, state]: readonly [string, string]): string => `${scope} ${state}`
