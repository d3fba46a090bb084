import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

import { nodeFlags } from './node-flags.ts'

const always = ['--heap-growing-percent=300', '--no-allocation-site-pretenuring']
const MAKE_BATCHES = fileURLToPath(new URL('./node-flags.program.ts', import.meta.url))
const MAKE_YOUNG = fileURLToPath(new URL('./young-generation.program.ts', import.meta.url))
const MIB = 1024 * 1024

test('a gateway has no helpers of its collector where cores are few, and has them where they are not; others have them always', () => {
  expect(nodeFlags('gateway', 1)).toEqual([...always, '--single-threaded-gc'])
  expect(nodeFlags('gateway', 2)).toEqual([...always, '--single-threaded-gc'])
  expect(nodeFlags('gateway', 4)).toEqual(always)
  expect(nodeFlags('processor', 2)).toEqual([])
})

test.each(['gateway', 'notifier'])('Node knows the flags of %s', (service) => {
  const { status, stderr } = spawnSync(process.execPath, [...nodeFlags(service, 1), '-e', ''])
  expect([status, stderr.toString()]).toEqual([0, ''])
})

test.each(['registry', 'control', 'notifier'])(
  '%s keeps a small young generation, however much of it is alive',
  (service) => {
    const { stdout } = spawnSync(process.execPath, [...nodeFlags(service), MAKE_YOUNG])
    expect(stdout.toString()).toMatch(/^\d+\n$/)
    // By doubling it comes to 128 without the flag. At 32 it may have some pages beyond them while it collects, and gives them back.
    expect(Number(stdout)).toBeLessThan(64 * MIB)
  },
)

test('batches of which some were held once leave nothing in the old generation', () => {
  const { stdout } = spawnSync(process.execPath, [...nodeFlags('gateway', 1), MAKE_BATCHES])
  expect(stdout.toString()).toMatch(/^\d+\n$/)
  // Made among the old, 97 MB of them are there at once.
  expect(Number(stdout)).toBeLessThan(MIB)
})
