import type { RestoreSource } from './task.ts'

/** What a topology consists of, apart from the code of its steps. */
export interface TopologyShape {
  readonly name: string
  readonly inputTopic: string
  readonly steps: readonly { readonly name: string; readonly restoreFrom: readonly RestoreSource[] }[]
  readonly mainTopic: string
  readonly sideTopics: Readonly<Record<string, string>>
}

const HOUR_MS = 3_600_000

export function describeTopology(shape: TopologyShape): string {
  const width = Math.max(...shape.steps.map((step) => step.name.length), 0)
  return [
    shape.name,
    `  from ${shape.inputTopic}`,
    ...shape.steps.map((step) => `  →    ${step.name.padEnd(width)}${remembers(step.restoreFrom)}`.trimEnd()),
    `  to   ${shape.mainTopic}`,
    ...Object.entries(shape.sideTopics).map(([output, topic]) => `  and  ${topic} (${output})`),
    '',
  ].join('\n')
}

function remembers(sources: readonly RestoreSource[]): string {
  return sources.map(({ topic, retentionMs }) => `   restored from ${topic}${span(retentionMs)}`).join('')
}

function span(retentionMs: number | undefined): string {
  return retentionMs === undefined ? '' : `, last ${retentionMs / HOUR_MS} h`
}
