import type { Grant } from './ledger-entities.ts'

/** Credits of an account by the grant they come from; `''`: of none that is known, negative where more was drawn than there was. */
export type Lots = ReadonlyMap<string, number>

/** A part of what is drawn; the grant is `''` for what no grant covers. */
export interface Lot {
  readonly grant: string
  readonly amountMicro: number
}

/**
 * Splits a sum over the lots of an account: by priority of the grant, then earliest expiry, then age, then id. What the lots do not
 * hold comes from no grant. The parts are positive, and their sum is the sum asked for.
 */
export function drawLots(lots: Lots, amountMicro: number, grants: ReadonlyMap<string, Grant>): Lot[] {
  const drawn: Lot[] = []
  let missing = amountMicro
  for (const [grant, held] of inDrawOrder(lots, grants)) {
    const taken = Math.min(held, missing)
    if (taken <= 0) continue
    drawn.push({ grant, amountMicro: taken })
    missing -= taken
  }
  if (missing > 0) drawn.push({ grant: '', amountMicro: missing })
  return merged(drawn)
}

function inDrawOrder(lots: Lots, grants: ReadonlyMap<string, Grant>): [string, number][] {
  return [...lots]
    .filter(([, held]) => held > 0)
    .sort(([a], [b]) => compare(grants.get(a), grants.get(b)) || (a < b ? -1 : 1))
}

/** What is of no known grant comes last. */
function compare(a: Grant | undefined, b: Grant | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  return (
    a.priority - b.priority ||
    difference(a.expires_at_ms ?? Infinity, b.expires_at_ms ?? Infinity) ||
    a.granted_at_ms - b.granted_at_ms
  )
}

/** Two that never expire are equally late. */
const difference = (a: number, b: number): number => (a === b ? 0 : a - b)

/** The account may hold credits of no grant, and lack some besides. */
function merged(lots: readonly Lot[]): Lot[] {
  const sums = new Map<string, number>()
  for (const { grant, amountMicro } of lots) sums.set(grant, (sums.get(grant) ?? 0) + amountMicro)
  return [...sums].map(([grant, amountMicro]) => ({ grant, amountMicro }))
}
