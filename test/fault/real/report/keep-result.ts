import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { ROOT } from '../../../bench/stack/paths.ts'
import type { FaultRun } from '../run-faults.ts'
import { printRun } from './print-run.ts'

const DOCUMENT = join(ROOT, 'docs/reliability.md')
const BEGIN = '<!-- faults: the last long run, written by the suite -->'
const END = '<!-- faults: end -->'

/** Every run lies in `.meterline/faults/`; the last long one of the whole catalogue also stands in the documentation. */
export async function keepResult(run: FaultRun): Promise<void> {
  const text = printRun(run)
  const dir = join(ROOT, '.meterline/faults')
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, `${run.form.name}-seed-${run.form.seed}.md`), text)
  if (run.form.name !== 'long' || run.form.only !== undefined) return
  const document = await readFile(DOCUMENT, 'utf8')
  const from = document.indexOf(BEGIN)
  const to = document.indexOf(END)
  if (from < 0 || to < from) throw new Error(`${DOCUMENT} has lost its place for the last run`)
  await writeFile(DOCUMENT, `${document.slice(0, from)}${BEGIN}\n\n${text}\n${document.slice(to)}`)
}
