import { expect, test } from 'vitest'

import { ThreadTimeline } from './thread-timeline.ts'

test('what a thread did in between, also between two looks', () => {
  let times = { ranMs: 100, waitedMs: 10 }
  const timeline = new ThreadTimeline(() => times)
  timeline.look(0)
  times = { ranMs: 104, waitedMs: 10 }
  timeline.look(4)
  times = { ranMs: 104, waitedMs: 20 }
  timeline.look(14)
  expect(timeline.between(0, 14)).toEqual({ ranMs: 4, waitedMs: 10 })
  expect(timeline.between(2, 9)).toEqual({ ranMs: 2, waitedMs: 5 })
  expect(timeline.between(-5, 0)).toEqual({ ranMs: 0, waitedMs: 0 })
  expect(timeline.between(14, 90)).toEqual({ ranMs: 0, waitedMs: 0 })
})
