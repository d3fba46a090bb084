import {
  controlEventKey,
  decodeControlEvent,
  encodeControlEvent,
  FRAME_BYTES,
  organizationDiff,
  organizationEntities,
  organizationEvents,
  parseOrganizationFile,
  parseSpendAlert,
  spendStateCodec,
} from '@meterline/contract'
import type {
  CommandHead,
  ControlChange,
  ControlEvent,
  Decision,
  LedgerEntry,
  OrganizationView,
  ScopeId,
  ScopeSpend,
  SpendAlert,
} from '@meterline/domain'
import {
  budgetPolicyOf,
  createOrganizationView,
  dueChanges,
  foldControlEvent,
  foldSpendState,
  followHardCap,
  reportingCalendar,
} from '@meterline/domain'
import { TopologyTestDriver } from '@meterline/topology'
import { readFileSync } from 'node:fs'

import { delta, policy, SCHEMA_IDS, tick } from '../burn-log.test-data.ts'
import { burnTopology } from '../topology.ts'

const SAMPLE = new URL('../../../../../examples/organization.yaml', import.meta.url)

/**
 * The product without its servers: a control log with its view, and burn itself in the topology's driver. What control decides
 * reaches burn as policies, what burn says reaches control as totals and alerts, as the services do it.
 */
export class QuarterWorld {
  readonly view: OrganizationView = createOrganizationView()
  readonly totals = new Map<ScopeId, ScopeSpend>()
  readonly alerts: SpendAlert[] = []
  readonly log: ControlEvent[] = []
  readonly #burn = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
  readonly #read = { state: 0, alert: 0 }
  #policy = ''
  #nowMs = 0

  /** The sample organization, with days and months of that zone. */
  constructor(timeZone: string, at: string) {
    this.#nowMs = Date.parse(at)
    const text = readFileSync(SAMPLE, 'utf8').replace(
      'reporting_time_zone: UTC',
      `reporting_time_zone: ${timeZone}`,
    )
    const parsed = parseOrganizationFile(text)
    if (!parsed.ok) throw new Error('the sample organization is one')
    const desired = organizationEntities(parsed.file)
    const current = this.view.entities
    const proofFor = (id: string) => ({ secret_prefix: id, secret_salt: '', secret_hash: '' })
    const command = { ...this.head('token:admin'), proofFor }
    for (const event of organizationEvents(
      organizationDiff(desired, current),
      { desired, current },
      command,
    )) {
      this.#append(event)
    }
  }

  get nowMs(): number {
    return this.#nowMs
  }

  head(actor: string): CommandHead {
    return { commandId: `command-${this.log.length}`, atMs: this.#nowMs, actor }
  }

  put(change: ControlChange): void {
    this.#write([change], 'token:admin')
  }

  /** Carries a command out; throws when it is refused. */
  command(actor: string, decide: (head: CommandHead) => Decision): readonly ControlChange[] {
    const decision = decide(this.head(actor))
    if (!decision.ok) throw new Error(`${decision.refusal.code}: ${decision.refusal.message}`)
    this.#write(decision.changes, actor)
    return decision.changes
  }

  /** Why a command is refused; throws when it is not. */
  refusal(actor: string, decide: (head: CommandHead) => Decision): string {
    const decision = decide(this.head(actor))
    if (decision.ok) throw new Error('the command was not refused')
    return decision.refusal.code
  }

  /** Time passes for burn and for the schedule of control; twice, because the second time nothing may be due. */
  at(instant: string): void {
    this.#nowMs = Date.parse(instant)
    this.#pipe([tick(this.#nowMs)])
    this.#write(dueChanges(this.view, this.totals, this.head('system:control')), 'system:control')
    const again = dueChanges(this.view, this.totals, this.head('system:control'))
    if (again.length > 0) throw new Error(`${again.length} changes are due a second time`)
  }

  /** Spend of a billing group at an instant, now or back then, in credits with at most six places. */
  spend(group: string, credits: number, instant?: string): void {
    const at = instant === undefined ? this.#nowMs : Date.parse(instant)
    this.#pipe([delta('org:org-1234', at, credits), delta(`billing_group:${group}`, at, credits)])
  }

  entries(kind: LedgerEntry['kind']): LedgerEntry[] {
    return [...this.view.entities.ledger_entry.values()].filter((entry) => entry.kind === kind)
  }

  /** What burn's clock says: it is ahead of `nowMs` when spend came in between. */
  get calendarMs(): number {
    return Math.max(this.#nowMs, ...[...this.totals.values()].map(({ as_of_ms }) => as_of_ms))
  }

  get calendar() {
    return reportingCalendar(this.view)
  }

  /** By account, without those that hold nothing. */
  balances(): Record<string, number> {
    const { ledger } = this.view
    return Object.fromEntries(
      [...ledger.accounts()]
        .map((account) => [account, ledger.balanceMicro(account)] as const)
        .filter(([, micro]) => micro !== 0)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  }

  #write(changes: readonly ControlChange[], actor: string): void {
    const { commandId, atMs } = this.head(actor)
    for (const change of changes) {
      this.#append({ schema: 1, command_id: commandId, at_ms: atMs, actor, ...change })
    }
    this.#forwardPolicy()
  }

  /** Through the bytes of the log, as another service reads them. */
  #append(event: ControlEvent): void {
    const read = decodeControlEvent(encodeControlEvent(event))
    if (read === undefined) throw new Error(`${controlEventKey(event)} is of no known kind`)
    foldControlEvent(this.view, read, this.log.length)
    this.log.push(read)
  }

  #forwardPolicy(): void {
    const json = JSON.stringify(budgetPolicyOf(this.view))
    if (json === this.#policy) return
    this.#policy = json
    this.#pipe([policy(this.view.offset, budgetPolicyOf(this.view))])
  }

  #pipe(inputs: Parameters<TopologyTestDriver['pipe']>[0]): void {
    this.#burn.pipe(inputs)
    const states = this.#burn.read('spend.state')
    for (const { value } of states.slice(this.#read.state)) {
      foldSpendState(this.totals, spendStateCodec.decode(bytes(value).subarray(FRAME_BYTES)), this.calendar)
    }
    this.#read.state = states.length
    const alerts = this.#burn.read('spend.alert')
    const news = alerts
      .slice(this.#read.alert)
      .map(({ value }) => parseSpendAlert(bytes(value).toString()).data)
    this.#read.alert = alerts.length
    this.alerts.push(...news)
    for (const alert of news) this.command('system:control', (head) => followHardCap(this.view, alert, head))
  }
}

const bytes = (value: Buffer | null): Buffer => value ?? Buffer.alloc(0)
