import { dirname, join } from 'node:path'

import { loadedBy } from './imports.ts'

/** Files that load each other in a circle, each circle by the way around it. Types alone may refer to each other: nothing is loaded. */
export function circlesIn(files: readonly string[]): string[] {
  return circlesOf(
    new Map(
      files.map((file) => [
        file,
        loadedBy(file)
          .filter(({ specifier }) => specifier.startsWith('.'))
          .map(({ specifier }) => join(dirname(file), specifier)),
      ]),
    ),
  )
}

/** Each circle once: by depth, over what a file has open above it. */
export function circlesOf(loads: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const way: string[] = []
  const circles: string[] = []
  function enter(file: string): void {
    if (done.has(file)) return
    const at = way.indexOf(file)
    if (at >= 0) {
      circles.push([...way.slice(at), file].join(' → '))
      return
    }
    way.push(file)
    for (const next of loads.get(file) ?? []) enter(next)
    way.pop()
    done.add(file)
  }
  for (const file of loads.keys()) enter(file)
  return circles
}
