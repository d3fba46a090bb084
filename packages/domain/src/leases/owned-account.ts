import type { LeaseReport, LeaseRequest } from './lease-records.ts'
import { LEASE_TIMES } from './lease-times.ts'

/** An account as its owner keeps it. Offsets are those of spend.delta in the owner's partition. */
export interface OwnedAccount {
  readonly holder: string
  readonly account: number
  /** Of the last request. */
  readonly number: number
  readonly granted_micro: number
  readonly returned_micro: number
  readonly settled_micro: number
  /** Of what is settled: what is known to be metered, and so counted as spent. */
  readonly metered_micro: number
  /** Where `settled_micro` was reported. */
  readonly settled_at: number
  /** A sum that becomes metered when the log says that everything before its offset is. */
  readonly confirming: { readonly offset: number; readonly settled_micro: number } | null
  readonly asked_at: number
  readonly reservation_ms: number
  /** No reservation of it lasts longer than until then; `null` until a tick was made that is surely later than the last request. */
  readonly ends_ms: number | null
  /** Where that time was reached. */
  readonly over_at: number | null
}

/** Time passing at the owner: a tick, where it stands, and up to where the usage behind the log is metered. */
export interface LeaseTick {
  readonly offset: number
  readonly atMs: number
  /** Usage that was in usage.events when this offset was written is metered, and its deltas stand before the tick. -1: unknown. */
  readonly meteredOffset: number
}

/** What the owner counts as spent, though it is not metered yet: granted, not given back, not known to be metered. */
export function outstandingMicro(account: OwnedAccount): number {
  return account.granted_micro - account.returned_micro - account.metered_micro
}

export function openAccount({ lease }: LeaseRequest, offset: number): OwnedAccount {
  return {
    holder: lease.holder,
    account: lease.account,
    number: 0,
    granted_micro: 0,
    returned_micro: 0,
    settled_micro: 0,
    metered_micro: 0,
    settled_at: -1,
    confirming: null,
    asked_at: offset,
    reservation_ms: lease.reservation_ms,
    ends_ms: null,
    over_at: null,
  }
}

/** Sums only grow, and together never beyond what was granted. */
export function withReport(account: OwnedAccount, report: LeaseReport, offset: number): OwnedAccount {
  const { granted_micro, metered_micro } = account
  const returned = Math.max(account.returned_micro, report.returned_micro)
  const settled = Math.max(account.settled_micro, report.settled_micro)
  // A holder that gives back what it never had is broken: nothing of its report is believed.
  if (returned + settled > granted_micro) return account
  if (settled === account.settled_micro) {
    return returned === account.returned_micro ? account : { ...account, returned_micro: returned }
  }
  const confirming = account.confirming ?? { offset, settled_micro: settled }
  return {
    ...account,
    returned_micro: returned,
    settled_micro: settled,
    settled_at: offset,
    confirming: metered_micro === settled ? null : confirming,
  }
}

/** The account after a tick; `undefined` when it is closed and nothing of it can still come. */
export function afterTick(account: OwnedAccount, tick: LeaseTick): OwnedAccount | undefined {
  const { over_at, ends_ms, asked_at, reservation_ms } = account
  if (over_at !== null) return tick.meteredOffset > over_at ? undefined : confirmed(account, tick)
  const known = confirmed(account, tick)
  // The tick was made after the request stood in the log, or it could not say that this offset is metered.
  if (ends_ms === null && tick.meteredOffset > asked_at) {
    return { ...known, ends_ms: tick.atMs + LEASE_TIMES.spendMs + reservation_ms + LEASE_TIMES.clockSkewMs }
  }
  return ends_ms !== null && tick.atMs >= ends_ms ? { ...known, over_at: tick.offset } : known
}

function confirmed(account: OwnedAccount, { meteredOffset }: LeaseTick): OwnedAccount {
  const { confirming, settled_micro, settled_at } = account
  if (confirming === null || meteredOffset <= confirming.offset) return account
  if (meteredOffset > settled_at) return { ...account, metered_micro: settled_micro, confirming: null }
  const next = settled_micro === confirming.settled_micro ? null : { offset: settled_at, settled_micro }
  return { ...account, metered_micro: confirming.settled_micro, confirming: next }
}
