import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { ProcessorFactory } from './processor.ts'
import type { LogRecord, OutputMessage } from './record.ts'
import { TopologyTestDriver } from './test-driver.ts'
import { topology } from './topology.ts'

describe('the description', () => {
  test('shows the steps in the order data flows', () => {
    expect(counting().describe()).toMatchInlineSnapshot(`
      "counting
        from words
        →    drop-empty
        →    count        restored from counts, last 24 h
        to   counts
        and  empties (empty)
      "
    `)
  })
})

describe('a task', () => {
  test('hands items from step to step and groups what is written by topic-partition', () => {
    const task = counting().create(3)
    const outputs = task.process(['a', '', '', 'b'].map((word, offset) => record(word, offset)))
    expect(outputs.map(({ topic, partition, messages }) => [topic, partition, messages.length])).toEqual([
      ['empties', 0, 1],
      ['empties', 1, 1],
      ['counts', 3, 2],
    ])
    expect(task.process([])).toEqual([])
  })

  test('refuses an output that the topology does not have', () => {
    const lost: ProcessorFactory<LogRecord, OutputMessage> = (context) => ({
      process: () => context.emit('nowhere', { key: null, value: null }),
    })
    const task = topology('lost').from('in').through('lost', lost).to('out').create(0)
    expect(() => task.process([record('a', 0)])).toThrow('no output named nowhere')
  })

  test('refuses two steps of one name', () => {
    expect(() => topology('twice').from('in').through('a', dropEmpty).through('a', count)).toThrow('named a')
  })
})

describe('the test driver', () => {
  test('any cut into batches and a crash at any point give the same counts', () => {
    const cuts = fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 12 })
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', '')), cuts, (words, sizes) => {
        const driver = new TopologyTestDriver(counting())
        driver.append(words.map((word) => ({ value: Buffer.from(word) })))
        driver.drain(sizes)
        expect(driver.lag).toBe(0)
        for (const word of ['a', 'b']) {
          const last = driver.read('counts', 0).findLast((count) => count.key?.toString() === word)
          expect(Number(last?.value ?? 0)).toBe(words.filter((other) => other === word).length)
        }
        expect(driver.read('empties')).toHaveLength(words.filter((word) => word === '').length)
      }),
    )
  })
})

const counting = () =>
  topology('counting')
    .from('words')
    .through('drop-empty', dropEmpty)
    .through('count', count, { restoreFrom: [{ topic: 'counts', retentionMs: 24 * 3_600_000 }] })
    .to('counts', { empty: 'empties' })

const dropEmpty: ProcessorFactory<LogRecord, string> = (context) => ({
  process(record) {
    const word = record.value?.toString() ?? ''
    if (word === '') context.emit('empty', { key: null, value: record.value }, record.offset % 2)
    else context.forward(word)
  },
})

const count: ProcessorFactory<string, OutputMessage> = (context) => {
  const counts = new Map<string, number>()
  const touched = new Set<string>()
  return {
    restore: (_topic, record) => counts.set(String(record.key), Number(record.value)),
    process(word) {
      counts.set(word, (counts.get(word) ?? 0) + 1)
      touched.add(word)
    },
    endBatch() {
      for (const word of touched) context.forward({ key: word, value: Buffer.from(String(counts.get(word))) })
      touched.clear()
    },
  }
}

function record(word: string, offset: number): LogRecord {
  return { partition: 0, offset, timestampMs: 0, key: null, value: Buffer.from(word), headers: {} }
}
