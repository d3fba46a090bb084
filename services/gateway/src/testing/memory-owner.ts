import type { LeaseAnswer, LeaseRequest, LeaseReturn, ScopeId } from '@meterline/domain'
import { LeaseBook } from '@meterline/domain'

import type { LeasePost } from '../authorize/lease-desk.ts'

/** The owner of all scopes, as burn keeps it, without a log between: it answers at once. */
export class MemoryOwner implements LeasePost {
  readonly spentMicro = new Map<ScopeId, number>()
  answers: (answer: LeaseAnswer) => void = () => undefined
  isSilent = false
  readonly #book = new LeaseBook()
  #offset = 0

  async send(records: readonly (LeaseRequest | LeaseReturn)[]): Promise<void> {
    for (const record of records) {
      const offset = this.#offset++
      if (record.kind === 'lease_return') this.#book.giveBack(record, offset)
      else if (!this.isSilent) this.#answer(record, offset)
    }
  }

  outstandingMicro(scope: ScopeId): number {
    return this.#book.outstandingMicro(scope)
  }

  /** All usage so far is metered. */
  tick(atMs: number): void {
    this.#book.tick({ offset: this.#offset++, atMs, meteredOffset: this.#offset - 1 })
  }

  #answer(request: LeaseRequest, offset: number): void {
    const spent = this.spentMicro.get(request.scope) ?? 0
    const answer = this.#book.request(request, offset, {
      spentMicro: () => spent,
      controlOffset: -1,
      nowMs: 0,
    })
    setImmediate(() => this.answers(answer))
  }
}
