import { microOf } from '@meterline/contract'
import type { ScopeId, UsageEvent } from '@meterline/domain'
import { readFileSync } from 'node:fs'

import type { AllocationId } from '../../../services/processor/src/burn/quarter/quarter-facts.test-data.ts'
import {
  ALLOCATIONS,
  PAYMENTS,
  RESEARCH,
  SUPPORT,
} from '../../../services/processor/src/burn/quarter/quarter-facts.test-data.ts'
import { sendInOrder } from '../corrections/send.ts'
import type { Doors } from '../corrections/send.ts'
import { eventually } from '../meterline.ts'
import { followBurn } from './burn-word.ts'
import type { BurnWord } from './burn-word.ts'
import { ADMIN_TOKEN, startDatedStack } from './dated-stack.ts'
import type { DatedStack } from './dated-stack.ts'
import { Office } from './office.ts'
import type { IncidentItem } from './office.ts'
import { RunningClock } from './running-clock.ts'
import { Turnstile } from './turnstile.ts'

const SAMPLE = new URL('../../../examples/organization.yaml', import.meta.url)

const MICRO = 1_000_000

const SCOPES: Readonly<Record<AllocationId, ScopeId>> = {
  [PAYMENTS]: 'billing_group:payments',
  [SUPPORT]: 'billing_group:customer-support',
  [RESEARCH]: 'billing_group:research',
}

/** A unit of it costs a millionth of a credit. */
const EXACT_RATES = {
  version: 1,
  entries: [
    {
      provider: 'acme-ai',
      models: ['exact'],
      effective_from: '2020-01-01',
      credits_per_million: { tokens_output: 1 },
    },
  ],
}

export interface Spending {
  /** Now, if left out. */
  readonly at?: string
  readonly requestId?: string
  /** The request that this one takes the place of. */
  readonly corrects?: string
  readonly channel?: 'http' | 'kafka'
}

/** The whole product with the sample organization, and what people and their programs do with it at dates that a test sets. */
export class Quarter {
  readonly stack: DatedStack
  readonly office: Office
  readonly turnstile: Turnstile
  readonly burn: BurnWord
  readonly #clock: RunningClock
  readonly #doors: Doors
  readonly #limits = new Map<AllocationId, readonly number[]>()
  #sent = 0
  #rows = 0

  private constructor(of: {
    readonly stack: DatedStack
    readonly office: Office
    readonly secrets: ReadonlyMap<string, string>
    readonly burn: BurnWord
    readonly clock: RunningClock
  }) {
    const { stack, office, secrets, burn, clock } = of
    const secretOf = (keyId: string): string => secrets.get(keyId) ?? ''
    this.stack = stack
    this.office = office
    this.burn = burn
    this.turnstile = new Turnstile(stack.urls.gateway, secretOf)
    this.#clock = clock
    this.#doors = {
      secretOf,
      credentials: {
        gateway_url: stack.urls.gateway,
        schema_registry_url: stack.urls.registry,
        kafka_brokers: stack.brokers.join(','),
      },
    }
  }

  static async begin(date: string): Promise<Quarter> {
    const clock = new RunningClock(date)
    const stack = await startDatedStack(clock.nowMs)
    try {
      const office = new Office(stack.urls.control, ADMIN_TOKEN)
      const { new_keys: keys } = await office.admin<{
        new_keys: readonly { readonly id: string; readonly secret: string }[]
      }>('POST', '/v1/apply', readFileSync(SAMPLE, 'utf8'))
      await office.admin('PUT', '/v1/rate-cards/exact', EXACT_RATES)
      const secrets = new Map(keys.map(({ id, secret }) => [id, secret]))
      return new Quarter({ stack, office, secrets, burn: await followBurn(stack.kafka), clock })
    } catch (error) {
      await stack.stop()
      throw error
    }
  }

  async end(): Promise<void> {
    await this.burn.stop()
    await this.stack.stop()
  }

  /** It is that time now, and time goes on from there. */
  setDate(date: string): void {
    this.#clock.set(date)
  }

  /** A call that cost these credits is reported, and acknowledged. */
  async spend(keyId: string, credits: number, spending: Spending = {}): Promise<void> {
    this.#sent += 1
    const { at, channel = 'http', requestId = `call-${this.#sent}`, corrects = null } = spending
    const event: UsageEvent = {
      request_id: requestId,
      timestamp: at === undefined ? this.#clock.nowMs() : Date.parse(at),
      api_key_id: keyId,
      provider: 'acme-ai',
      model_name: 'exact',
      operation_type: 'completion',
      units: credits === 0 ? {} : { tokens_output: microOf(credits) },
      credits_consumed: null,
      usage_labels: {},
      response_latency_ms: null,
      error_code: null,
      user_id: null,
      customer_id: null,
      endpoint: null,
      prompt_version: null,
      product: null,
      session_id: null,
      corrects,
    }
    // A correction takes back what stood, and says what stands.
    this.#rows += corrects === null ? 1 : 2
    await sendInOrder(this.#doors, [{ event, channel }])
  }

  /** Burn has counted it and control has heard so: the running month's total of the allocation is just this. */
  async isSpent(allocation: AllocationId, credits: number): Promise<void> {
    const micro = microOf(credits)
    await eventually(
      () => this.office.balance(allocation),
      ({ spentMicro }) => spentMicro === micro,
    )
  }

  /** Control has decided so and burn holds spend against it: the allocation may spend just this in the running month. */
  async isLimited(allocation: AllocationId, credits: number): Promise<void> {
    const micro = microOf(credits)
    await eventually(
      async () => [(await this.office.balance(allocation)).limitMicro, this.#limitAtBurn(allocation)],
      (limits) => limits.every((limit) => limit === micro),
    )
  }

  /** The ledger gives each allocation this much of that month, in the order of ALLOCATIONS, and burn knows before anything is spent. */
  async isFunded(month: string, credits: readonly number[]): Promise<void> {
    const periods = await eventually(
      () => Promise.all(ALLOCATIONS.map((allocation) => this.office.period(allocation, month))),
      (all) => all.every((period, index) => period?.limitMicro === microOf(credits[index] ?? Number.NaN)),
    )
    const offset = Math.max(...periods.map((period) => period?.version ?? Infinity))
    await eventually(
      () => Promise.resolve(this.burn.toldOffset()),
      (told) => told >= offset,
    )
  }

  /** The ledger has opened that month for every allocation, and burn knows. */
  async monthBegins(month: string): Promise<void> {
    for (const allocation of ALLOCATIONS) {
      await eventually(
        async () => [
          (await this.office.period(allocation, month))?.limitMicro,
          this.#limitAtBurn(allocation),
        ],
        ([limit, atBurn]) => limit !== undefined && limit === atBurn,
      )
    }
  }

  /** All that was spent is in ClickHouse. */
  async rowsArrive(): Promise<void> {
    await eventually(
      () => this.stack.clickhouse.rows<{ rows: number }>('SELECT count() AS rows FROM usage'),
      ([found]) => found?.rows === this.#rows,
    )
  }

  /** In the order of their opening, the incidents of the month are in these states. */
  incidentsBecome(month: string, states: readonly string[]): Promise<IncidentItem[]> {
    return eventually(
      () => this.office.incidents(month),
      (incidents) => incidents.map(({ state }) => state).join() === states.join(),
    )
  }

  ask(person: string, request: object): Promise<void> {
    return this.office.post(person, '/v1/requests', { description: 'the quarter as it goes', ...request })
  }

  approve(person: string, request: string, endsAt?: string): Promise<void> {
    const end = endsAt === undefined ? {} : { ends_at: endsAt }
    return this.office.post(person, `/v1/requests/${request}/approve`, { note: 'yes', ...end })
  }

  /** Notes what each allocation may spend in the month as it stands now. */
  async remember(month: string): Promise<void> {
    for (const id of ALLOCATIONS) {
      const { limitMicro } = (await this.office.period(id, month)) ?? { limitMicro: Number.NaN }
      this.#limits.set(id, [...this.limits(id), limitMicro])
    }
  }

  /** What was noted, in micro-credits. */
  limits(allocation: AllocationId): readonly number[] {
    return this.#limits.get(allocation) ?? []
  }

  async requestBecomes(id: string, state: string): Promise<void> {
    await eventually(
      () => this.office.stateOfRequest(id),
      (now) => now === state,
    )
  }

  /** What burn says of the months before the running one that it keeps whole, in micro-credits. */
  closedMonths(allocation: AllocationId): Readonly<Record<string, number>> | undefined {
    return this.burn.states.get(SCOPES[allocation])?.closed_months_micro
  }

  #limitAtBurn(allocation: AllocationId): number | null | undefined {
    return this.burn.states.get(SCOPES[allocation])?.limit_micro
  }
}

/** What payments, support and research may spend in the running month, in credits. */
export async function limitsNow({ office }: Quarter): Promise<number[]> {
  const balances = await Promise.all(ALLOCATIONS.map((allocation) => office.balance(allocation)))
  return balances.map(({ limitMicro }) => limitMicro / MICRO)
}
