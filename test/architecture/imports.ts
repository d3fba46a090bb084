import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

export interface Import {
  /** Path from the root of the repository. */
  readonly file: string
  readonly specifier: string
}

// `from '…'`, `import '…'`, `import('…')`: every form that ties one file to another, type imports included.
const SPECIFIER = /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*)'([^']+)'/g

export function sourceFiles(): string[] {
  return globSync('{packages,services}/*/src/**/*.ts', { cwd: ROOT })
    .concat(
      globSync('{cli,test,examples}/**/*.ts', {
        cwd: ROOT,
        exclude: (path) => path.includes('node_modules'),
      }),
    )
    .filter((file) => !file.includes('node_modules'))
}

export function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return [...text.matchAll(SPECIFIER)].map((match) => ({
    file: relative('.', file),
    specifier: match[1] ?? '',
  }))
}

export const isTest = (file: string): boolean => file.endsWith('.test.ts') || file.startsWith('test/')
