#!/usr/bin/env node
// Everything CI runs: the checks, then all tests, which end with `N passed, N failed`. Arguments go to vitest.
import { join } from 'node:path'
import { bootstrap, orSayWhy, root, runAttached } from './bootstrap.mjs'

const checks = [
  ['format', 'oxfmt', '--check', '.'],
  ['lint', 'oxlint', '--type-aware'],
  ['types', 'tsc', '-p', 'tsconfig.json'],
  ['unused code', 'knip'],
]

// The tests start hundreds of our processes.
process.env.NODE_COMPILE_CACHE ??= join(root, '.meterline', 'cache', 'compiled')

await orSayWhy(async () => {
  await bootstrap()
  process.chdir(root)
  const failed = []
  for (const [name, command, ...args] of checks) {
    process.stdout.write(`── ${name}\n`)
    if ((await runAttached(command, args)) !== 0) failed.push(name)
  }
  if (failed.length > 0)
    process.stdout.write(`These checks failed: ${failed.join(', ')}. The tests follow.\n`)
  // The reporter says it again beside the counts: the end of a long output is what gets read.
  process.env.FAILED_CHECKS = failed.join(', ')
  const code = await runAttached('vitest', ['run', ...process.argv.slice(2)])
  return failed.length > 0 ? 1 : code
})
