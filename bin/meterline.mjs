#!/usr/bin/env node
import { join } from 'node:path'
import { bootstrap, orSayWhy, root, runAttached } from './bootstrap.mjs'

await orSayWhy(async () => {
  const node = await bootstrap()
  return runAttached(node, [join(root, 'cli/src/main.ts'), ...process.argv.slice(2)])
})
