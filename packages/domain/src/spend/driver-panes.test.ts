import { describe, expect, test } from 'vitest'

import { DriverPanes, topDrivers } from './driver-panes.ts'
import type { Driver } from './spend-delta.ts'

const model = (value: string, credits_micro: number): Driver => ({ dimension: 'model', value, credits_micro })
const user = (value: string, credits_micro: number): Driver => ({ dimension: 'user', value, credits_micro })

describe('driver panes', () => {
  test('add up by dimension and value', () => {
    const panes = new DriverPanes('day')
    panes.add(1, [model('a', 5), user('a', 7)])
    panes.add(2, [model('a', 1), model('b', 2)])
    expect(panes.between(1, 3)).toEqual([model('a', 6), user('a', 7), model('b', 2)])
    expect(panes.between(2, 3)).toEqual([model('a', 1), model('b', 2)])
  })

  test('hold sixteen values per dimension: the smallest makes room for a larger one', () => {
    const panes = new DriverPanes('day')
    panes.add(
      1,
      Array.from({ length: 16 }, (_, rank) => user(`u${rank}`, 10 + rank)),
    )
    panes.add(1, [user('small', 10), user('large', 11), model('a', 1)])
    const values = panes.at(1).map(({ value }) => value)
    expect(values).toHaveLength(17)
    expect(values).toContain('large')
    expect(values).not.toContain('small')
    expect(values).not.toContain('u0')
  })

  test('keep five hours of five minutes, and refuse what is older', () => {
    const panes = new DriverPanes('five_minutes')
    panes.add(100, [model('a', 1)])
    expect(panes.advance(160)).toEqual([100])
    expect(panes.at(100)).toEqual([])
    expect(panes.add(100, [model('a', 1)])).toBe(false)
  })
})

test('top drivers are those of the excess, not the largest', () => {
  const current = [
    model('large', 1_000),
    model('grown', 300),
    model('new', 250),
    model('less', 1),
    user('u', 5),
  ]
  const previous = [model('large', 990), model('grown', 100), model('less', 2)]
  expect(topDrivers(current, previous, 2)).toEqual([
    { ...model('new', 250), previous_credits_micro: 0 },
    { ...model('grown', 300), previous_credits_micro: 100 },
    { ...user('u', 5), previous_credits_micro: 0 },
  ])
})
