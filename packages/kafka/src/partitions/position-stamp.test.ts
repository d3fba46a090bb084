import type { OutputBatch } from '@meterline/topology'
import { expect, test } from 'vitest'
import { KafkaError } from '../errors.ts'
import { createPositionStamps, readNote, readStamp } from './position-stamp.ts'

const task = { partition: 2, restoreTopics: ['changelog'] }
const output = (topic: string, partition = 2): OutputBatch => ({
  topic,
  partition,
  messages: [
    { key: 'a', value: null },
    { key: 'b', value: null, headers: { kept: 'yes' } },
  ],
})

test('only the last message for the own partition of a restore topic is stamped', () => {
  const stamps = createPositionStamps(task, { offset: undefined, metadata: '' })
  const { outputs, metadata } = stamps.stamp([output('changelog'), output('out'), output('changelog', 3)], 17)
  expect(outputs.map((o) => o.messages.map((m) => m.headers))).toEqual([
    [undefined, { kept: 'yes', 'meterline-position': '17' }],
    [undefined, { kept: 'yes' }],
    [undefined, { kept: 'yes' }],
  ])
  expect(metadata).toBe('{"changelog":17}')
})

test('transactions that write nothing to the restore topic leave its stamp as it was', () => {
  const stamps = createPositionStamps(task, { offset: 17, metadata: '{"changelog":17}' })
  expect(stamps.stamp([output('out')], 30).metadata).toBe('{"changelog":17}')
})

test('a restore topic that is ahead of, or behind, the committed position is an error; an empty one is not', () => {
  const stamps = createPositionStamps(task, { offset: 20, metadata: '{"changelog":17}' })
  stamps.check('changelog', 17)
  stamps.check('changelog', undefined)
  expect(() => stamps.check('changelog', 20)).toThrow(KafkaError)
  expect(() => stamps.check('changelog', 9)).toThrow(/position 9, the committed position names 17/)
  const lost = createPositionStamps(task, { offset: undefined, metadata: '' })
  expect(() => lost.check('changelog', 17)).toThrow(/names none/)
})

test('a stamp is read back from a record', () => {
  const record = { partition: 2, offset: 0, timestampMs: 0, key: null, value: null }
  expect(readStamp({ ...record, headers: { 'meterline-position': Buffer.from('17') } })).toBe(17)
  expect(readStamp({ ...record, headers: {} })).toBeUndefined()
})

test('a note is committed beside the stamps, and read back', () => {
  const stamps = createPositionStamps(task, { offset: 17, metadata: '{"changelog":17,"note":"old"}' })
  const { metadata } = stamps.stamp([output('out')], 30, 't1;5')
  expect(readNote(metadata)).toBe('t1;5')
  stamps.check('changelog', 17)
  expect(readNote('')).toBeUndefined()
  expect(readNote('{"changelog":17}')).toBeUndefined()
})
