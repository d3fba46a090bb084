import type { LedgerAccount } from './ledger-entities.ts'

/** Where grants come from. */
export const OUTSIDE: LedgerAccount = 'outside:grants'

export const poolAccount = (pool: string): LedgerAccount => `pool:${pool}`
export const allocationAccount = (allocation: string): LedgerAccount => `allocation:${allocation}`
export const reserveAccount = (allocation: string): LedgerAccount => `reserve:${allocation}`
export const spentAccount = (allocation: string): LedgerAccount => `spent:${allocation}`
export const expiredAccount = (of: string): LedgerAccount => `expired:${of}`

/** The id behind the kind of an account. */
export const accountId = (account: LedgerAccount): string => account.slice(account.indexOf(':') + 1)
