const MICRO = 1_000_000

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const fine = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** Credits for people: two decimals below a thousand, none above. The exact figure is in `--json`. */
export function creditsText(micro: number): string {
  const credits = micro / MICRO
  return Math.abs(credits) >= 1_000 ? whole.format(credits) : fine.format(credits)
}

export function countText(count: number): string {
  return whole.format(count)
}

export function percentText(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`
}
