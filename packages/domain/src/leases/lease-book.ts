import type { ScopeId } from '../scope/scope.ts'
import type { LeaseAnswer, LeaseCap, LeaseRefusal, LeaseRequest, LeaseReturn } from './lease-records.ts'
import { LARGEST_SHARE, MAX_ACCOUNT_MICRO } from './lease-times.ts'
import type { LeaseTick, OwnedAccount } from './owned-account.ts'
import { afterTick, openAccount, outstandingMicro, withReport } from './owned-account.ts'

/** What the owner knows besides its accounts at the request's place in the log. */
export interface OwnerStanding {
  /** Metered spend of the scope in the running day or month. */
  spentMicro(period: LeaseCap['period']): number
  /** Offset in control.log of the budgets in force. */
  readonly controlOffset: number
  readonly nowMs: number
}

/** An account that differs from what was last taken; `undefined`: it is gone. */
export interface LeaseChange {
  readonly scope: ScopeId
  readonly name: string
  readonly account: OwnedAccount | undefined
}

/**
 * The accounts of one partition, kept by the owner of its scopes. It decides in the order of the log and by the log alone:
 *
 *     Σ spent + Σ outstanding ≤ cap after every grant.
 *
 * What is granted stays outstanding until its holder gave it back, or until all usage that could be made of it is metered.
 */
export class LeaseBook {
  readonly #scopes = new Map<ScopeId, Map<string, OwnedAccount>>()
  readonly #changed = new Map<string, { readonly scope: ScopeId; readonly name: string }>()

  /** Of the scope, to all holders. */
  outstandingMicro(scope: ScopeId): number {
    let sum = 0
    for (const account of this.#scopes.get(scope)?.values() ?? []) sum += outstandingMicro(account)
    return sum
  }

  request(request: LeaseRequest, offset: number, standing: OwnerStanding): LeaseAnswer {
    const { scope, lease } = request
    const name = accountName(lease)
    const known = this.#scopes.get(scope)?.get(name)
    // Only a first request opens an account: a later one speaks of an account that has ended here.
    const ended = known === undefined ? lease.number !== 1 : known.over_at !== null
    if (ended) return this.#answer(request, standing, { refusal: 'ended', granted: 0 })
    const reported = withReport(known ?? openAccount(request, offset), lease, offset)
    const repeated = lease.number <= reported.number
    this.#put(scope, name, {
      ...reported,
      number: Math.max(reported.number, lease.number),
      reservation_ms: Math.max(reported.reservation_ms, lease.reservation_ms),
      asked_at: offset,
      ends_ms: null,
    })
    if (lease.control_offset < standing.controlOffset) {
      return this.#answer(request, standing, { refusal: 'stale_view', granted: reported.granted_micro })
    }
    const grant = repeated ? 0 : this.#grantMicro(request, standing)
    const granted = reported.granted_micro + grant
    this.#update(scope, name, (account) => ({ ...account, granted_micro: granted }))
    return this.#answer(request, standing, {
      refusal: !repeated && grant < lease.needed_micro ? 'cap' : 'none',
      granted,
    })
  }

  giveBack({ scope, lease }: LeaseReturn, offset: number): void {
    this.#update(scope, accountName(lease), (account) => withReport(account, lease, offset))
  }

  tick(tick: LeaseTick): void {
    for (const [scope, accounts] of this.#scopes) {
      for (const name of accounts.keys()) this.#update(scope, name, (account) => afterTick(account, tick))
    }
  }

  /** One value of the changelog. */
  restore(scope: ScopeId, name: string, account: OwnedAccount | undefined): void {
    if (account === undefined) this.#remove(scope, name)
    else this.#accountsOf(scope).set(name, account)
  }

  /** What changed since the last call, each account once. */
  takeChanges(): LeaseChange[] {
    const changes = [...this.#changed.values()].map(({ scope, name }) => ({
      scope,
      name,
      account: this.#scopes.get(scope)?.get(name),
    }))
    this.#changed.clear()
    return changes
  }

  #grantMicro({ scope, lease }: LeaseRequest, standing: OwnerStanding): number {
    const { wanted_micro, needed_micro, caps } = lease
    const outstanding = this.outstandingMicro(scope)
    const binding = bindingCap(caps, standing)
    const left = binding === undefined ? MAX_ACCOUNT_MICRO : binding.cap_micro - binding.spentMicro
    const available = Math.min(left, MAX_ACCOUNT_MICRO) - outstanding
    const share = Math.max(needed_micro, Math.floor(available / LARGEST_SHARE))
    return Math.max(0, Math.min(wanted_micro, share, available))
  }

  #answer(
    { scope, lease }: LeaseRequest,
    standing: OwnerStanding,
    { refusal, granted }: { readonly refusal: LeaseRefusal; readonly granted: number },
  ): LeaseAnswer {
    const { holder, account, number, caps } = lease
    const binding = bindingCap(caps, standing)
    return {
      scope,
      holder,
      account,
      number,
      granted_micro: granted,
      refusal,
      limit_id: binding?.limit_id ?? '',
      cap_micro: binding?.cap_micro ?? 0,
      spent_micro: binding?.spentMicro ?? 0,
      outstanding_micro: this.outstandingMicro(scope),
      as_of: standing.nowMs,
    }
  }

  #accountsOf(scope: ScopeId): Map<string, OwnedAccount> {
    let accounts = this.#scopes.get(scope)
    if (accounts === undefined) this.#scopes.set(scope, (accounts = new Map()))
    return accounts
  }

  #put(scope: ScopeId, name: string, account: OwnedAccount): void {
    this.#accountsOf(scope).set(name, account)
    this.#mark(scope, name)
  }

  #update(scope: ScopeId, name: string, change: (account: OwnedAccount) => OwnedAccount | undefined): void {
    const account = this.#scopes.get(scope)?.get(name)
    if (account === undefined) return
    const changed = change(account)
    if (changed === account) return
    if (changed === undefined) {
      this.#remove(scope, name)
      this.#mark(scope, name)
    } else this.#put(scope, name, changed)
  }

  #remove(scope: ScopeId, name: string): void {
    const accounts = this.#scopes.get(scope)
    accounts?.delete(name)
    if (accounts?.size === 0) this.#scopes.delete(scope)
  }

  #mark(scope: ScopeId, name: string): void {
    this.#changed.set(`${name} ${scope}`, { scope, name })
  }
}

function accountName({ holder, account }: { readonly holder: string; readonly account: number }): string {
  return `${holder}.${account}`
}

/** The cap with the least left; of two alike, the first. */
function bindingCap(
  caps: readonly LeaseCap[],
  standing: OwnerStanding,
): (LeaseCap & { readonly spentMicro: number }) | undefined {
  let binding: (LeaseCap & { readonly spentMicro: number }) | undefined
  for (const cap of caps) {
    const spentMicro = standing.spentMicro(cap.period)
    if (binding === undefined || cap.cap_micro - spentMicro < binding.cap_micro - binding.spentMicro) {
      binding = { ...cap, spentMicro }
    }
  }
  return binding
}
