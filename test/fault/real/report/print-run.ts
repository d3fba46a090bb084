import { availableParallelism, cpus, loadavg } from 'node:os'

import type { FaultRecord, FaultRun } from '../run-faults.ts'

/** The run as a Markdown document: machine, counts, faults, checks. */
export function printRun(run: FaultRun): string {
  const { form, counts, checks, seconds } = run
  const broken = Object.entries(checks).filter(([, problems]) => problems.length > 0)
  return [
    `${new Date().toISOString().slice(0, 10)}, ${form.name} form, seed ${form.seed}; ${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}, load ${loadavg()[0]?.toFixed(1)}; ${form.eventsPerSecond} events a second, ${seconds.toFixed(0)} s in all.`,
    '',
    table(['fault', 'lasted s', 'on again after s', 'events meanwhile', 'note'], run.faults.map(row)),
    '',
    table(
      ['count', ''],
      Object.entries(counts).map(([name, count]) => [name, count.toLocaleString('en')]),
    ),
    '',
    broken.length === 0
      ? `All ${Object.keys(checks).length} checks hold: ${Object.keys(checks).join('; ')}.`
      : broken.map(([name, problems]) => `**Broken: ${name}.** ${problems.join('; ')}`).join('\n\n'),
    '',
  ].join('\n')
}

function row({ what, note, lastedMs, recoveredMs, events, problem, notRun }: FaultRecord): string[] {
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1)
  const said = problem === undefined ? note : `**FAILED: ${problem}** ${note}`
  return [
    what,
    seconds(lastedMs),
    recoveredMs === undefined ? '–' : seconds(recoveredMs),
    String(events),
    notRun === undefined ? said : `**NOT RUN: ${notRun}**`,
  ]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((each) => cell(each[column] ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => cell(cells[column] ?? '').padEnd(width)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
