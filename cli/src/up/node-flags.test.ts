import { expect, test } from 'vitest'

import { nodeFlags } from './node-flags.ts'

test('a gateway has no helpers of its collector where cores are few, and has them where they are not; others have them always', () => {
  expect(nodeFlags('gateway', 1)).toEqual(['--single-threaded-gc'])
  expect(nodeFlags('gateway', 2)).toEqual(['--single-threaded-gc'])
  expect(nodeFlags('gateway', 4)).toEqual([])
  expect(nodeFlags('processor', 2)).toEqual([])
})
