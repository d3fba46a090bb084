import { expect, test } from 'vitest'

import { ByteBudget } from './byte-budget.ts'

const [first, second] = [{}, {}]

test('what is read ahead, gathered and being stored counts together', () => {
  const budget = new ByteBudget(100)
  budget.set('ahead', 'usage/0', 30)
  budget.set('gathered', first, 30)
  budget.set('storing', first, 39)
  expect(budget.isSpent()).toBe(false)
  budget.set('gathered', first, 31)
  expect(budget.isSpent()).toBe(true)
  expect(budget.heldBytes()).toBe(100)
  budget.set('storing', first, 0)
  expect(budget.heldBytes()).toBe(61)
})

test('the largest must store while memory is short, until half of it is being stored', () => {
  const budget = new ByteBudget(100)
  budget.set('gathered', first, 60)
  budget.set('gathered', second, 30)
  expect([first, second].map((holder) => budget.mustStore(holder))).toEqual([false, false])
  budget.set('ahead', 'usage/0', 10)
  expect([first, second].map((holder) => budget.mustStore(holder))).toEqual([true, false])
  budget.set('gathered', first, 0)
  budget.set('storing', first, 60)
  expect(budget.isSpent()).toBe(true)
  expect(budget.mustStore(second)).toBe(false)
  budget.set('storing', first, 40)
  budget.set('ahead', 'usage/0', 30)
  expect(budget.mustStore(second)).toBe(true)
  expect(budget.mustStore(first)).toBe(false)
})

test('it says when memory gets short, when it is no longer, and when less is being stored meanwhile', () => {
  const budget = new ByteBudget(100)
  let told = 0
  budget.shifted.add(() => (told += 1))
  const toldAfter = (change: () => void): number => {
    const before = told
    change()
    return told - before
  }
  expect(toldAfter(() => budget.set('gathered', first, 50))).toBe(0)
  expect(toldAfter(() => budget.set('storing', first, 50))).toBe(1)
  expect(toldAfter(() => budget.set('gathered', second, 20))).toBe(0)
  expect(toldAfter(() => budget.set('storing', first, 40))).toBe(1)
  expect(toldAfter(() => budget.set('storing', first, 0))).toBe(1)
  expect(toldAfter(() => budget.set('gathered', second, 0))).toBe(0)
})
