const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/**
 * A zone of whole hours in which it is about noon at `nowMs`: no run of the suite sees midnight pass, and days are not UTC's.
 * The signs of the `Etc` names are reversed by convention.
 */
export function noonZone(nowMs: number): { readonly name: string; readonly offsetMs: number } {
  const hours = 12 - new Date(nowMs).getUTCHours()
  return {
    name: hours === 0 ? 'Etc/GMT' : `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`,
    offsetMs: hours * HOUR_MS,
  }
}

/** `2026-11-21` in a zone of a fixed offset. */
export function localDay(timestampMs: number, offsetMs: number): string {
  return new Date(timestampMs + offsetMs).toISOString().slice(0, 10)
}
