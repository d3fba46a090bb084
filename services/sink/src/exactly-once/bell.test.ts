import { expect, test } from 'vitest'

import { Bell, firstRing } from './bell.ts'

test('a wait ends with the first ring of any bell, or when its time is over', async () => {
  const [one, other] = [new Bell(), new Bell()]
  const ended: string[] = []
  const waits = [
    firstRing([one, other]).then(() => ended.push('either')),
    firstRing([other]).then(() => ended.push('other')),
    firstRing([one], 5).then(() => ended.push('time')),
  ]
  other.ring()
  await Promise.all(waits)
  expect(ended).toEqual(['either', 'other', 'time'])
})

test('a wait that is over leaves nothing at a bell that never rings', async () => {
  const [never, often] = [new Bell(), new Bell()]
  for (let round = 0; round < 1_000; round++) {
    const wait = firstRing([never, often], 60_000)
    expect(never.waiting).toBe(1)
    often.ring()
    await wait
  }
  await firstRing([never, often], 0)
  expect([never.waiting, often.waiting]).toEqual([0, 0])
})

test('who waits again when woken is not woken by the same ring', () => {
  const bell = new Bell()
  let woken = 0
  const listen = (): void => {
    bell.delete(listen)
    woken += 1
    // Without an end this test would have none where the same ring came round again.
    if (woken < 10) bell.add(listen)
  }
  bell.add(listen)
  bell.ring()
  expect(woken).toBe(1)
  bell.ring()
  expect(woken).toBe(2)
})
