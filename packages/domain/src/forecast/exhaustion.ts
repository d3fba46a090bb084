/**
 * Days until `remainingMicro` is spent when each coming day holds `dailyMicro`, as a fraction within the day that it happens in;
 * 0 when nothing is left, `null` when it outlasts the days given.
 */
export function daysToExhaustion(remainingMicro: number, dailyMicro: readonly number[]): number | null {
  if (remainingMicro <= 0) return 0
  let left = remainingMicro
  for (const [day, spend] of dailyMicro.entries()) {
    if (spend >= left) return day + left / spend
    left -= spend
  }
  return null
}
