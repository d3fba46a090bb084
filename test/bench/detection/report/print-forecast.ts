import type { ForecastQuality } from '../forecast/forecast-quality.ts'

export function printForecast(days: number, quality: readonly ForecastQuality[]): string {
  const rows = quality.map(
    ({ profile, overSeasonalNaive, mase, inside80, inside95 }) =>
      `  ${profile.padEnd(24)} ${overSeasonalNaive.toFixed(2)} of seasonal naive, MASE ${mase.toFixed(2)}, ` +
      `inside 80 %: ${(100 * inside80).toFixed(0)} %, inside 95 %: ${(100 * inside95).toFixed(0)} %`,
  )
  return [`forecast, ${days} days held back`, ...rows, ''].join('\n')
}
