import {
  createSchemaReader,
  frame,
  FRAME_BYTES,
  meteredUsageCodec,
  RegistryError,
  schemaText,
  usageEventCodec,
} from '@meterline/contract'
import {
  type Allocation,
  type ApiKey,
  type ControlEntities,
  type ControlEntityKind,
  type ControlEvent,
  createOrganizationView,
  foldControlEvent,
  type MeteredUsage,
  type OrganizationView,
  type SpendView,
  type ScopeId,
  type UsageEvent,
} from '@meterline/domain'
import { type LogRecord, TopologyTestDriver } from '@meterline/topology'

import type { Originals } from './corrections/originals.ts'
import { createMeterCounts, type MeterCounts } from './meter-counts.ts'
import type { MeterOptions } from './meter-options.ts'
import { meterTopology } from './topology.ts'
import type { EventSchemas } from './wire/read-event.ts'

export const RECEIVED_MS = Date.parse('2026-11-21T12:00:00Z')
export const EVENT_SCHEMA_ID = 1
export const OLD_SCHEMA_ID = 2
export const OTHER_SCHEMA_ID = 3
export const UNKNOWN_SCHEMA_ID = 99
export const METERED_SCHEMA_ID = 11
export const DELTA_SCHEMA_ID = 12

/** The current schema without its last field, as an older producer writes it. */
export const OLD_SCHEMA = oldSchema()

export async function preparedSchemas(): Promise<EventSchemas> {
  const texts = new Map([
    [EVENT_SCHEMA_ID, schemaText('usage-event.avsc')],
    [OLD_SCHEMA_ID, OLD_SCHEMA],
    [OTHER_SCHEMA_ID, '"string"'],
  ])
  const notAsked = () => Promise.reject(new TypeError('not part of this table'))
  const reader = createSchemaReader<UsageEvent>({
    registry: {
      register: notAsked,
      lookup: notAsked,
      latest: notAsked,
      setCompatibility: notAsked,
      schemaById: async (id) => {
        const text = texts.get(id)
        if (text === undefined) throw new RegistryError('schema_not_found', `no schema has the id ${id}`)
        return text
      },
    },
    schema: schemaText('usage-event.avsc'),
  })
  await reader.prepare([...texts.keys(), UNKNOWN_SCHEMA_ID])
  return reader
}

export function meterOptions(schemas: EventSchemas, changes: Partial<MeterOptions> = {}): MeterOptions {
  return {
    view: sampleView(),
    schemas,
    schemaIds: { meteredUsage: METERED_SCHEMA_ID, spendDelta: DELTA_SCHEMA_ID },
    spendPartitions: 4,
    eventPartitions: 8,
    originals: noOriginals,
    dedupWindowMs: 24 * 3_600_000,
    counts: createMeterCounts(),
    ...changes,
  }
}

export function meterDriver(
  schemas: EventSchemas,
  changes: Partial<MeterOptions> = {},
): { readonly driver: TopologyTestDriver; readonly counts: MeterCounts; readonly view: SpendView } {
  const log = (): readonly LogRecord[] => driver.read('usage.metered')
  const options = meterOptions(schemas, { originals: originalsIn(log), ...changes })
  const driver: TopologyTestDriver = new TopologyTestDriver(meterTopology(options), { partition: 5 })
  return { driver, counts: options.counts, view: options.view }
}

/** For tests without corrections, or whose originals stand in the same batch. */
const noOriginals: Originals = {
  find: async () => new Map(),
  decode: async (value) => meteredUsageCodec.decode(value.subarray(FRAME_BYTES)),
}

/** The search of the service, over a log in memory: the first record of the request from the given time on. */
export function originalsIn(log: () => readonly LogRecord[]): Originals {
  return {
    ...noOriginals,
    async find(_partition, wanted) {
      const found = new Map<string, MeteredUsage>()
      for (const { identity, apiKeyId, requestId, fromMs } of wanted) {
        const from = log().findIndex(({ timestampMs }) => timestampMs >= fromMs)
        const original = log()
          .slice(from)
          .map(({ value }) => meteredUsageCodec.decode(value!.subarray(FRAME_BYTES)))
          .find(
            ({ api_key_id, request_id, correction }) =>
              api_key_id === apiKeyId && request_id === requestId && correction === 'none',
          )
        if (from >= 0 && original !== undefined) found.set(identity, original)
      }
      return found
    },
  }
}

export function usageEvent(changes: Partial<UsageEvent> = {}): UsageEvent {
  return {
    request_id: 'req_1',
    timestamp: RECEIVED_MS - 400,
    api_key_id: 'key_registry',
    provider: 'openai',
    model_name: 'gpt-5-mini',
    operation_type: 'completion',
    units: { tokens_input: 1523, tokens_input_cached: 1024, tokens_output: 311 },
    credits_consumed: null,
    usage_labels: {},
    response_latency_ms: 812,
    error_code: null,
    user_id: 'u_4411',
    customer_id: 'enterprise-alpha',
    endpoint: 'checkout.summary',
    prompt_version: 'summarizer_v4',
    product: 'api',
    session_id: null,
    corrects: null,
    ...changes,
  }
}

export const OWN_LABELS = {
  team: 'payments',
  cost_center: 'CC-1200',
  project: 'auth-service',
  environment: 'prod',
}

export function framedEvent(event: UsageEvent): Buffer {
  return frame(EVENT_SCHEMA_ID, usageEventCodec.encode(event))
}

export function input(changes: Partial<UsageEvent> = {}) {
  const event = usageEvent(changes)
  return { key: event.request_id, value: framedEvent(event), timestampMs: RECEIVED_MS }
}

export function sampleView(settings: Partial<ControlEntities['organization']> = {}): OrganizationView {
  const view = createOrganizationView()
  for (const event of sampleEvents(settings)) foldControlEvent(view, event, view.offset + 1)
  return view
}

export function put<K extends ControlEntityKind>(
  kind: K,
  id: string,
  data: ControlEntities[K],
): ControlEvent {
  const head = { schema: 1, command_id: 'command', at_ms: 0, actor: 'test', type: 'put' } as const
  return { ...head, kind, id, data } as ControlEvent
}

export function sampleKey(id: string, changes: Partial<ApiKey> = {}): ApiKey {
  return {
    id,
    project: 'auth-service',
    environment: 'prod',
    status: 'active',
    labels_from: 'registry',
    labels: {},
    may_send_for_others: false,
    secret_prefix: id,
    secret_salt: '',
    secret_hash: '',
    ...changes,
  }
}

export function sampleEvents(settings: Partial<ControlEntities['organization']> = {}): ControlEvent[] {
  const organization = {
    id: 'acme',
    name: 'Acme',
    reporting_time_zone: 'UTC',
    unattributed: 'reject',
    ...settings,
  } as const
  const keys = [
    sampleKey('key_registry'),
    sampleKey('key_event', { labels_from: 'event' }),
    sampleKey('key_disabled', { status: 'disabled' }),
    sampleKey('key_expiring', { expires_at_ms: RECEIVED_MS - 1_000 }),
    sampleKey('key_lost', { project: 'nothing' }),
    sampleKey('key_support', { project: 'helpdesk', labels: { region: 'eu' } }),
  ]
  return [
    put('organization', 'acme', organization),
    put('billing_group', 'product', { id: 'product', name: 'Product' }),
    put('department', 'engineering', { id: 'engineering', name: 'Engineering', billing_group: 'product' }),
    put('team', 'payments', {
      id: 'payments',
      name: 'Payments',
      department: 'engineering',
      cost_center: 'CC-1200',
    }),
    put('team', 'support', {
      id: 'support',
      name: 'Support',
      department: 'engineering',
      cost_center: 'CC-1300',
    }),
    put('project', 'auth-service', { id: 'auth-service', name: 'Auth', team: 'payments' }),
    put('project', 'helpdesk', { id: 'helpdesk', name: 'Helpdesk', team: 'support' }),
    put('allocation', 'acme-payments', allocation('acme-payments', 'team:payments')),
    ...keys.map((key) => put('api_key', key.id, key)),
  ]
}

function allocation(id: string, scope: ScopeId): Allocation {
  return {
    id,
    scope,
    owner: 'finance',
    monthly_credits_micro: 500_000_000_000,
    reserve_credits_micro: 0,
    rollover: 0,
    soft_cap: 0.9,
    hard_cap: 1,
    gl_account: '6100',
    approved_models: [],
    contacts: [],
    tiers: [],
  }
}

function oldSchema(): string {
  const schema = JSON.parse(schemaText('usage-event.avsc')) as { fields: { name: string }[] }
  return JSON.stringify({ ...schema, fields: schema.fields.filter(({ name }) => name !== 'corrects') })
}
