import { expect, it } from 'vitest'
import { AnswerTimes } from './answer-times.ts'

const starvedAfter = (answers: readonly number[]): number[] => {
  const times = new AnswerTimes()
  return answers.flatMap((ms, index) => (times.isStarvedBy(ms) ? [index + 1] : []))
}

it('takes an engine for starved when it answers slowly again and again', () => {
  expect(starvedAfter([1_072, 332, 258, 437, 331, 1_161, 1_025, 1_018])).toEqual([8])
})

it('is not deceived by single slow answers, or by an engine that is busy', () => {
  expect(starvedAfter([5, 726, 74, 46, 997, 160, 50, 714, 19, 99])).toEqual([])
  expect(starvedAfter([200, 300, 71, 131, 291, 271, 36, 360, 339])).toEqual([])
})

it('judges anew once it has told', () => {
  expect(starvedAfter(Array.from({ length: 12 }, () => 1_000))).toEqual([5, 10])
})
