import type { Decision } from './control-event.ts'

export function refuse(code: string, message: string, field?: string): Decision {
  return { ok: false, refusal: { code, message, ...(field === undefined ? {} : { field }) } }
}

/** `1,234.5 credits`: how figures stand in refusals. */
export function credits(micro: number): string {
  const sign = micro < 0 ? '-' : ''
  const whole = String(Math.floor(Math.abs(micro) / 1_000_000)).replaceAll(/\B(?=(\d{3})+$)/g, ',')
  const fraction = String(Math.abs(micro) % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '')
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`} credits`
}
