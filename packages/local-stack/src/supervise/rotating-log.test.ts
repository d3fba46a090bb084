import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { RotatingLog } from './rotating-log.ts'

it('keeps one predecessor and never more than its bound in a file', () => {
  const path = join(temporaryFolder('rotating-log-'), 'deep', 'child.log')
  const log = new RotatingLog(path, 100)
  for (let line = 0; line < 50; line += 1) log.append(Buffer.from(`line number ${line}\n`))
  expect(statSync(path).size).toBeLessThanOrEqual(100)
  expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(100)
  expect(readFileSync(path, 'utf8')).toContain('line number 49')
  expect(log.lastLines().at(-1)).toBe('line number 49')
})

it('counts what an earlier start wrote', () => {
  const path = join(temporaryFolder('rotating-log-'), 'child.log')
  new RotatingLog(path, 100).append(Buffer.from('x'.repeat(90)))
  new RotatingLog(path, 100).append(Buffer.from('y'.repeat(20)))
  expect(readFileSync(path, 'utf8')).toBe('y'.repeat(20))
})
