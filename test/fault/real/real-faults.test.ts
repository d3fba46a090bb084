import { beforeAll, describe, expect, test } from 'vitest'

import { drawFaults } from './draw-faults.ts'
import { readForm } from './form.ts'
import { printRun } from './report/print-run.ts'
import { keepResult } from './report/keep-result.ts'
import { runFaults } from './run-faults.ts'
import type { FaultRun } from './run-faults.ts'

const form = readForm(process.env)
/** Longer than the run's own deadline, which says what did not come. */
const CLEAN_UP_MS = 120_000
const CHECKS = [
  'lag is 0',
  'every acknowledged event is in the log',
  'accepted = metered + duplicates + rejected, and metered = rows',
  'usage.metered has each request once',
  'usage has each request once, at its price',
  'every rejection is kept once, with its reason',
  'the views say what the table says',
  'every alert came once',
  'no transaction is open',
  'every service is ready again',
  'every 429 and 503 says when to come back',
]

describe(`three brokers, ClickHouse and six services under load and faults (${form.name} form, seed ${form.seed})`, () => {
  let run: FaultRun
  const say = (line: string): void => void process.stdout.write(`· ${line}\n`)

  beforeAll(async () => {
    run = await runFaults(form, say)
    process.stdout.write(`\n${printRun(run)}\n`)
    await keepResult(run)
  }, form.deadlineMs + CLEAN_UP_MS)

  test('as many events were sent as the form says', () =>
    expect(run.counts['events sent']).toBeGreaterThanOrEqual(form.events))

  test.for(drawFaults(form).map(({ name, what }) => [name, what] as const))(
    'goes on after %s: %s',
    ([name], { skip }) => {
      const records = run.faults.filter((each) => each.name === name)
      expect(records).not.toEqual([])
      for (const record of records) {
        // Counted as skipped in the last line of the run, where it can be seen.
        if (record.notRun !== undefined) skip(record.notRun)
        expect(record.problem).toBeUndefined()
        expect(record.recoveredMs).toBeGreaterThan(0)
      }
    },
  )

  test.for(CHECKS)('%s', (name) => expect(run.checks[name]).toEqual([]))
})
