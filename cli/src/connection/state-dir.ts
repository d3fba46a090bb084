import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

export const REPOSITORY_ROOT = resolve(import.meta.dirname, '../../..')

/** Where an installation keeps its data: the option, else METERLINE_STATE_DIR, else `.meterline` in the project's folder. */
export function stateDirOf(options: { readonly stateDir?: string | undefined }): string {
  const given = options.stateDir ?? process.env['METERLINE_STATE_DIR']
  return given === undefined ? join(REPOSITORY_ROOT, '.meterline') : resolve(given)
}

/** Writes a file of the state dir so that a reader sees the old or the new content, never a part; only its owner may read it. */
export function writeStateFile(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
  writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  renameSync(temporary, path)
}
