const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Length of a rolling window by its name, such as `5m` or `3d`; NaN when it is no name of one. */
export function windowMs(name: unknown): number {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(String(name)) ?? []
  return Number(count) * (UNIT_MS[unit ?? ''] ?? NaN)
}
