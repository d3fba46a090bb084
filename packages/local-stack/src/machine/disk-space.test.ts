import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { assertDiskSpace } from './disk-space.ts'

it('makes the folder when there is room, and says so when there is not', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'disk-')), 'data')
  await assertDiskSpace(folder, 1)
  await expect(assertDiskSpace(folder, Number.MAX_SAFE_INTEGER)).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/has \d+ MiB left and \d+ MiB are needed/),
  })
})
