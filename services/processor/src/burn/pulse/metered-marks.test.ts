import { expect, test } from 'vitest'

import { MeteredMarks } from './metered-marks.ts'

const at = (...offsets: readonly number[]) => new Map(offsets.entries())

test('an offset of spend.delta is metered when meter has reached every end that was seen after it', () => {
  const marks = new MeteredMarks()
  expect(marks.meteredOffset(0)).toBeUndefined()
  marks.begin(at(40, 50), at(100, 200))
  expect([...marks.behind(at(99, 200))]).toEqual([[0, 100]])
  expect(marks.meteredOffset(0)).toBeUndefined()
  expect(marks.behind(at(100, 250)).size).toBe(0)
  marks.reached()
  expect([marks.meteredOffset(0), marks.meteredOffset(1), marks.meteredOffset(2)]).toEqual([
    40,
    50,
    undefined,
  ])
})

test('what was begun and given up says nothing, and what was known stays known', () => {
  const marks = new MeteredMarks()
  marks.begin(at(40), at(100))
  marks.reached()
  marks.begin(at(60), at(300))
  marks.forget()
  marks.reached()
  expect(marks.meteredOffset(0)).toBe(40)
})

test('a partition whose position is not known is behind', () => {
  const marks = new MeteredMarks()
  marks.begin(at(1), at(0, 5))
  expect([...marks.behind(new Map())]).toEqual([[1, 5]])
})
