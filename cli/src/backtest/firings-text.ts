import type { BacktestFiring } from '@meterline/domain'

import { printable } from '../output/printable.ts'

/** One line an alert, as CSV; or a JSON array. */
export function firingsText(firings: readonly BacktestFiring[], isJson: boolean): string {
  const rows = firings.map(({ fired_ms, resolved_ms, basisMicro, ...firing }) => ({
    fired: new Date(fired_ms).toISOString(),
    resolved: resolved_ms === null ? null : new Date(resolved_ms).toISOString(),
    ...firing,
    basis_credits: basisMicro === null ? null : basisMicro / 1_000_000,
  }))
  if (isJson) return JSON.stringify(rows)
  const lines = rows.map(({ fired, resolved, scope, window, threshold, observed, about }) =>
    [fired, resolved ?? '', scope, window, threshold, Number(observed.toFixed(3)), about ?? '']
      .map((field) => csvField(printable(String(field))))
      .join(','),
  )
  return ['fired,resolved,scope,window,threshold,observed,about', ...lines].join('\n')
}

/** Quoted where it must be; what a spreadsheet would take for a formula begins with an apostrophe. */
function csvField(text: string): string {
  const harmless = /^[=+@]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
