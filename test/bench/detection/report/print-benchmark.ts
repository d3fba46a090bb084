import type { BenchmarkRun, GroupScore } from '../nab/run-benchmark.ts'

export function printBenchmark({ detector, all, groups, leftOut }: BenchmarkRun): string {
  const lines = groups.map((group, index) => groupLine(group, leftOut[index]))
  return [
    `${detector}: ${all.score.toFixed(2)} at threshold ${all.threshold.toFixed(3)}; ` +
      `${all.found} of ${all.windows} windows, ${all.falseRows} false rows`,
    ...lines,
    '',
  ].join('\n')
}

function groupLine(group: GroupScore, leftOut: GroupScore | undefined): string {
  if (group.windows === 0) return `  ${group.group.padEnd(22)} no windows, ${group.falseRows} false rows`
  const unseen = leftOut === undefined ? '' : `; ${leftOut.score.toFixed(1)} with the others' threshold`
  return (
    `  ${group.group.padEnd(22)} ${group.score.toFixed(1).padStart(5)}, ${group.found} of ${group.windows}, ` +
    `${group.falseRows} false rows${unseen}`
  )
}
