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

/** The same without what is gone when the types are: `import type`, `export type`. */
const TYPES_ALONE = /^(?:import|export) type (?:\{[^}]*\}|\* as \w+|\w+) from '[^']+'/gm

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

export const importsOf = (file: string): Import[] => importsIn(file, textOf(file))

/** What is loaded with a file: its imports but those of types. */
export const loadedBy = (file: string): Import[] => importsIn(file, textOf(file).replaceAll(TYPES_ALONE, ''))

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

function importsIn(file: string, text: string): Import[] {
  return [...text.matchAll(SPECIFIER)].map((match) => ({
    file: relative('.', file),
    specifier: match[1] ?? '',
  }))
}

export const isTest = (file: string): boolean => file.endsWith('.test.ts') || file.startsWith('test/')
