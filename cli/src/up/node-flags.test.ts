import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

import { nodeFlags } from './node-flags.ts'

const patient = '--heap-growing-percent=300'

test('a gateway has no helpers of its collector where cores are few, and has them where they are not; others have them always', () => {
  expect(nodeFlags('gateway', 1)).toEqual([patient, '--single-threaded-gc'])
  expect(nodeFlags('gateway', 2)).toEqual([patient, '--single-threaded-gc'])
  expect(nodeFlags('gateway', 4)).toEqual([patient])
  expect(nodeFlags('processor', 2)).toEqual([])
})

test('Node knows the flags', () => {
  const { status, stderr } = spawnSync(process.execPath, [...nodeFlags('gateway', 1), '-e', ''])
  expect([status, stderr.toString()]).toEqual([0, ''])
})
