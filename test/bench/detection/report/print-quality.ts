import type { AlertQuality } from '../spend/alert-quality.ts'
import type { RuleQuality } from '../spend/run-scenarios.ts'

export function printQuality({ rule, all, scenarios }: RuleQuality): string {
  const rows = scenarios.map(({ scenario, quality }) => line(scenario, quality))
  return [rule, ...rows, line('all', all), ''].join('\n')
}

function line(name: string, quality: AlertQuality): string {
  const found =
    quality.spans === 0
      ? 'nothing to find'.padEnd(42)
      : `found ${quality.found}/${quality.spans}, precision ${percent(quality.precision)}, ` +
        `median ${minutes(quality.medianDetectMinutes)}`.padEnd(30)
  return `  ${name.padEnd(48)} ${found} false a team and week ${quality.falsePerTeamWeek.toFixed(3)}`
}

const percent = (share: number): string => (Number.isNaN(share) ? '–' : `${(100 * share).toFixed(0)} %`)
const minutes = (value: number): string => (Number.isNaN(value) ? '–' : `${value} min`)
