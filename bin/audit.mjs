#!/usr/bin/env node
// Asks the package registry which of our dependencies have known weaknesses. Exit code 1 when one of level high or critical
// is known. A registry that does not answer such questions is said, and is no failure: tests do not depend on it.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { bootstrap, orSayWhy, root } from './bootstrap.mjs'

const patienceMs = 60_000

await orSayWhy(async () => {
  await bootstrap()
  const report = parsed(await output())
  const found = report?.metadata?.vulnerabilities
  if (found === undefined) {
    process.stdout.write(`not audited: the registry gave no report (${report?.error?.code ?? 'no answer'})\n`)
    return 0
  }
  const levels = Object.entries(found).map(([level, count]) => `${count} ${level}`)
  process.stdout.write(`known weaknesses of dependencies: ${levels.join(', ')}\n`)
  if (found.high + found.critical === 0) return 0
  for (const { severity, module_name, title, url } of Object.values(report.advisories ?? {})) {
    process.stdout.write(`${severity}  ${module_name}  ${title}  ${url}\n`)
  }
  return 1
})

function output() {
  const pnpm = join(root, 'node_modules', '.bin', 'pnpm')
  return new Promise((resolve) => {
    execFile(
      pnpm,
      ['audit', '--prod', '--json'],
      { cwd: root, timeout: patienceMs, maxBuffer: 64 * 1024 ** 2 },
      (_error, stdout) => resolve(stdout),
    )
  })
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
