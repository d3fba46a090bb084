import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends the run with `N passed, N failed` on a line of its own: the one figure CI reads. Above it stand the checks that
 * failed before the tests (`FAILED_CHECKS`, from `bin/test.mjs`): they end the run with 1, whatever the counts.
 */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0
    let failed = unhandledErrors.length
    let skipped = 0
    for (const module of modules) {
      // A file that fails to load, and a suite whose set-up fails, run no tests; that must not read as a success.
      failed += module.errors().length
      for (const suite of module.children.allSuites()) failed += suite.errors().length
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed += 1
        else if (state === 'failed') failed += 1
        else skipped += 1
      }
    }
    const failedChecks = process.env.FAILED_CHECKS ?? ''
    if (failedChecks !== '') console.log(`\nFailed before the tests: ${failedChecks}`)
    console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  }
}
