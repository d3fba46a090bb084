import { availableParallelism, cpus, loadavg } from 'node:os'

import type { LoadReport } from './run-load.ts'

/** The report as Markdown. */
export function printLoad(report: LoadReport): string {
  const { options, sustainedPerSecond, offeredPerSecond, load, account, caughtUpSeconds, memory, problems } =
    report
  const whole = (value: number): string => Math.round(value).toLocaleString('en')
  const answers = Object.entries(load.answers).map(([status, count]) => `${status}: ${whole(count)}`)
  return [
    `${new Date().toISOString().slice(0, 10)}, ${options.test}, ${options.minutes} minutes; ${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, load ${loadavg()[1]?.toFixed(1)}.`,
    '',
    `- offered: ${whole(offeredPerSecond)} events a second${sustainedPerSecond === undefined ? '' : `; sustained before: ${whole(sustainedPerSecond)}`}`,
    `- answers: ${answers.join(', ')}; without Retry-After: ${load.withoutRetryAfter}; never taken: ${load.givenUp}`,
    `- acknowledged events: ${whole(account.acknowledged)}; rows: ${whole(account.rows)}; caught up ${caughtUpSeconds.toFixed(1)} s after the last request`,
    '',
    '| service | heap after GC, first → last MiB | heap, MiB a minute | resident, first → most MiB | resident, MiB a minute |',
    '| --- | --- | --- | --- | --- |',
    ...memory.map(
      (each) =>
        `| ${each.name} | ${each.heapFirstMib.toFixed(1)} → ${each.heapLastMib.toFixed(1)} | ${each.heapMibPerMinute.toFixed(3)} | ${each.residentFirstMib.toFixed(0)} → ${each.residentMaxMib.toFixed(0)} | ${each.residentMibPerMinute.toFixed(3)} |`,
    ),
    '',
    problems.length === 0
      ? 'Nothing acknowledged was lost or doubled, and memory is flat within its bounds.'
      : `**Failed:** ${problems.join('; ')}`,
  ].join('\n')
}
