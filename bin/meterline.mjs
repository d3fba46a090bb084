#!/usr/bin/env node
import { join } from 'node:path'
import { bootstrap, orSayWhy, root, runAttached } from './bootstrap.mjs'

// Half of a start is reading our own TypeScript: kept compiled, each of the processes is up in half the time.
process.env.NODE_COMPILE_CACHE ??= join(
  process.env.METERLINE_CACHE_DIR ?? join(root, '.meterline', 'cache'),
  'compiled',
)

await orSayWhy(async () => {
  const node = await bootstrap()
  return runAttached(node, [join(root, 'cli/src/main.ts'), ...process.argv.slice(2)])
})
