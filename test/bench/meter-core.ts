import { createSchemaReader, frame, schemaText, usageEventCodec } from '@meterline/contract'
import {
  createOrganizationView,
  foldControlEvent,
  type ControlEntities,
  type ControlEntityKind,
  type ControlEvent,
  type OrganizationView,
  type UsageEvent,
} from '@meterline/domain'
import type { LogRecord } from '@meterline/topology'

import { createMeterCounts } from '../../services/processor/src/meter/meter-counts.ts'
import { meterTopology } from '../../services/processor/src/meter/topology.ts'

/**
 * How fast the pure core of meter is, without Kafka: `node test/bench/meter-core.ts [events] [batch size] [users]`.
 * Events have 4 labels, 3 units and texts; 50 keys of 10 teams, 2,000 users unless said, 5 % duplicates; a batch spans half a second.
 */
const EVENTS = Number(process.argv[2] ?? 1_000_000)
const BATCH = Number(process.argv[3] ?? 2_500)
const PARTITIONS = 8
const KEYS = 50
const USERS = Number(process.argv[4] ?? 2_000)
const START_MS = Date.parse('2026-11-21T12:00:00Z')
const DISTINCT = 200_000

const registry = {
  schemaById: async () => schemaText('usage-event.avsc'),
} as unknown as Parameters<typeof createSchemaReader<UsageEvent>>[0]['registry']
const schemas = createSchemaReader<UsageEvent>({ registry, schema: schemaText('usage-event.avsc') })
await schemas.prepare([1])

const counts = createMeterCounts()
const topology = meterTopology({
  view: organization(),
  schemas,
  schemaIds: { meteredUsage: 2, spendDelta: 3 },
  spendPartitions: 4,
  dedupWindowMs: 86_400_000,
  counts,
})
const records = Array.from({ length: DISTINCT }, (_, i) => record(i))
const tasks = Array.from({ length: PARTITIONS }, (_, partition) => topology.create(partition))

let outputs = 0
let bytes = 0
const round = (from: number): void => {
  const batch = records.slice(from, from + BATCH)
  for (const { messages } of tasks[(from / BATCH) % PARTITIONS]!.process(batch)) {
    outputs += messages.length
    bytes += messages[0]?.value?.length ?? 0
  }
}

let processed = 0
let seconds = 0
while (processed < EVENTS) {
  if (processed % DISTINCT === 0) renew(processed / DISTINCT)
  const before = process.cpuUsage()
  for (let from = 0; from + BATCH <= DISTINCT && processed < EVENTS; from += BATCH) {
    round(from)
    processed += BATCH
  }
  const spent = process.cpuUsage(before)
  const elapsed = (spent.user + spent.system) / 1e6
  seconds += elapsed
  console.log(`${Math.round(DISTINCT / elapsed / 1000)} k events per second of CPU`)
}
console.log({ processed, outputs, bytes, ...counts, perCpuSecond: Math.round(processed / seconds) })

/** New request ids of the same length, so that no round is all duplicates. */
function renew(roundNumber: number): void {
  for (const { value } of records) value?.write(String(roundNumber).padStart(3, '0'), 5 + 1 + 4)
}

function record(i: number): LogRecord {
  const key = i % KEYS
  const request_id = `req_000_${String(i % 20 === 19 && i >= KEYS ? i - KEYS : i).padStart(16, '0')}`
  const event: UsageEvent = {
    request_id,
    timestamp: START_MS + Math.floor(i / 5),
    api_key_id: `key_team_${key % 10}_service_${key}`,
    provider: 'openai',
    model_name: ['gpt-5-mini', 'gpt-5', 'gpt-5.4', 'gpt-4o'][i % 4] ?? '',
    operation_type: 'completion',
    units: { tokens_input: 900 + (i % 600), tokens_input_cached: i % 512, tokens_output: i % 400 },
    credits_consumed: null,
    usage_labels: {
      team: `team-${key % 10}`,
      cost_center: `CC-${key % 10}`,
      project: `project-${key}`,
      environment: 'prod',
    },
    response_latency_ms: 100 + (i % 1500),
    error_code: null,
    user_id: `user_${(i * 7919) % USERS}`,
    customer_id: `customer_${(i * 31) % (USERS / 10)}`,
    endpoint: `endpoint.${i % 20}`,
    prompt_version: `prompt_v${i % 8}`,
    product: 'api',
    session_id: null,
    corrects: null,
  }
  const value = frame(1, usageEventCodec.encode(event))
  return {
    partition: 0,
    offset: i,
    timestampMs: START_MS + 60_000,
    key: Buffer.from(request_id),
    value,
    headers: {},
  }
}

function organization(): OrganizationView {
  const view = createOrganizationView()
  put(view, 'organization', 'acme', {
    id: 'acme',
    name: 'Acme',
    reporting_time_zone: 'UTC',
    unattributed: 'reject',
  })
  put(view, 'billing_group', 'bg', { id: 'bg', name: 'BG' })
  put(view, 'department', 'dept', { id: 'dept', name: 'Dept', billing_group: 'bg' })
  for (let team = 0; team < 10; team++) {
    put(view, 'team', `team-${team}`, {
      id: `team-${team}`,
      name: 't',
      department: 'dept',
      cost_center: `CC-${team}`,
    })
  }
  for (let key = 0; key < KEYS; key++) {
    const project = `project-${key}`
    put(view, 'project', project, { id: project, name: 'p', team: `team-${key % 10}` })
    const id = `key_team_${key % 10}_service_${key}`
    put(view, 'api_key', id, {
      id,
      project,
      environment: 'prod',
      status: 'active',
      labels_from: 'registry',
      labels: {},
      may_send_for_others: false,
      secret_prefix: id,
      secret_salt: '',
      secret_hash: '',
    })
  }
  return view
}

function put<K extends ControlEntityKind>(
  view: OrganizationView,
  kind: K,
  id: string,
  data: ControlEntities[K],
): void {
  const event = { schema: 1, command_id: 'bench', at_ms: 0, actor: 'bench', type: 'put', kind, id, data }
  foldControlEvent(view, event as ControlEvent, view.offset + 1)
}
