import type { Units } from '../usage/usage-event.ts'

const UNITS_PER_RATE = 1_000_000
const MICRO = 1_000_000n

/**
 * Credits of a record in micro-credits: Σ units × rate / 1,000,000 over the meters that have a rate, rounded half up once
 * (docs/decisions/0001). Exact for any size; units are taken to a millionth. `rates` are micro-credits per million units.
 * `undefined` when the result is no safe integer.
 */
export function creditsMicroOf(units: Units, rates: Units): number | undefined {
  let sum = 0
  for (const meter in rates) {
    const amount = units[meter]
    if (amount === undefined) continue
    sum += amount * (rates[meter] ?? 0)
    // A sum of safe integers is exact while it is one itself: amounts and rates are never negative.
    if (!Number.isInteger(amount) || sum > Number.MAX_SAFE_INTEGER - UNITS_PER_RATE)
      return exactly(units, rates)
  }
  return roundedQuotient(sum)
}

/** `credits_micro` in micro-dollars, rounded half up. `undefined` when the result is no safe integer. */
export function usdMicroOf(creditsMicro: number, usdMicroPerCredit: number): number | undefined {
  const product = creditsMicro * usdMicroPerCredit
  return product <= Number.MAX_SAFE_INTEGER - UNITS_PER_RATE
    ? roundedQuotient(product)
    : safe((BigInt(creditsMicro) * BigInt(usdMicroPerCredit) + MICRO / 2n) / MICRO)
}

/**
 * `value / 1,000,000` rounded half up, for safe integers. Exact in floats: a quotient that is no integer is at least 1e-6 away
 * from the next one, and a double below 2^34 (more than MAX_SAFE_INTEGER / 1e6) is off by less than 0.96e-6.
 */
export function roundedQuotient(value: number): number {
  return Math.floor((value + UNITS_PER_RATE / 2) / UNITS_PER_RATE)
}

function exactly(units: Units, rates: Units): number | undefined {
  let sum = 0n
  for (const meter in rates) {
    sum += unitsMicro(units[meter] ?? 0) * BigInt(rates[meter] ?? 0)
  }
  const divisor = MICRO * BigInt(UNITS_PER_RATE)
  return safe((sum + divisor / 2n) / divisor)
}

// `toFixed` rounds the exact value of the double, halves up, which a multiplication does not. Above 2^52 there are no fractions.
function unitsMicro(amount: number): bigint {
  if (Number.isInteger(amount)) return BigInt(amount) * MICRO
  return BigInt(amount.toFixed(6).replace('.', ''))
}

function safe(value: bigint): number | undefined {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined
}
