import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { assertDiskSpace, watchDiskSpace } from './disk-space.ts'
import type { StackError } from '../errors.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

it('makes the folder when there is room, and says so when there is not', async () => {
  const folder = join(temporaryFolder('disk-'), 'data')
  await assertDiskSpace(folder, 1)
  await expect(assertDiskSpace(folder, Number.MAX_SAFE_INTEGER)).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/has \d+ MiB left and \d+ MiB are needed/),
  })
})

it('tells once that the disk fills up', async () => {
  const told: StackError[] = []
  const isTold = Promise.withResolvers<void>()
  const stop = watchDiskSpace(tmpdir(), {
    leastBytes: Number.MAX_SAFE_INTEGER,
    onFull: (error) => {
      told.push(error)
      isTold.resolve()
    },
  })
  await isTold.promise
  stop()
  expect(told).toEqual([expect.objectContaining({ code: 'DISK_FULL' })])
})
