import { availableParallelism, cpus, loadavg } from 'node:os'

import type { LoadReport } from './run-load.ts'

/** The report as Markdown. */
export function printLoad(report: LoadReport): string {
  const { options, sustainedPerSecond, offeredPerSecond, load, account, caughtUpSeconds, memory, problems } =
    report
  const whole = (value: number): string => Math.round(value).toLocaleString('en')
  const everyday = Object.entries(report.everyday ?? {}).map(([what, count]) => `${what} ${whole(count)}`)
  const answers = Object.entries(load.answers).map(([status, count]) => `${status}: ${whole(count)}`)
  return [
    `${new Date().toISOString().slice(0, 10)}, ${options.test}, ${options.minutes} minutes; ${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, load ${loadavg()[1]?.toFixed(1)}.`,
    '',
    `- offered: ${whole(offeredPerSecond)} events a second${sustainedPerSecond === undefined ? '' : `; sustained before: ${whole(sustainedPerSecond)}`}`,
    `- answers: ${answers.join(', ')}; without Retry-After: ${load.withoutRetryAfter}; never taken: ${load.givenUp}`,
    `- acknowledged events: ${whole(account.acknowledged)}; rows: ${whole(account.rows)}; caught up ${caughtUpSeconds.toFixed(1)} s after the last request`,
    ...(everyday.length === 0 ? [] : [`- beside it: ${everyday.join(', ')}`]),
    '',
    '| service | heap after GC, MiB a minute | buffers, MiB a minute | most above the start | resident, most MiB | means of eight stretches, MiB: heap; buffers; resident; young generation |',
    '| --- | --- | --- | --- | --- | --- |',
    ...memory.map(({ name, heapMibPerMinute, buffersMibPerMinute, grownMib, residentMostMib, course }) => {
      const means = (of: (stretch: (typeof course)[number]) => number): string =>
        course.map((stretch) => of(stretch).toFixed(0)).join(' ')
      const how = [
        means((each) => each.heapMib),
        means((each) => each.buffersMib),
        means((each) => each.residentMib),
        means((each) => each.youngMib),
      ]
      return `| ${name} | ${heapMibPerMinute.toFixed(3)} | ${buffersMibPerMinute.toFixed(3)} | ${grownMib.toFixed(0)} | ${residentMostMib.toFixed(0)} | ${how.join('; ')} |`
    }),
    '',
    problems.length === 0
      ? 'Nothing acknowledged was lost or doubled, and memory is flat within its bounds.'
      : `**Failed:** ${problems.join('; ')}`,
  ].join('\n')
}
