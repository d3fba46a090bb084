import type { ParsedUsage } from '../json/event-problem.ts'
import { refused, undecodable } from '../json/event-problem.ts'
import { parseUsageEvent } from '../json/parse-usage-event.ts'
import { parseMediaType } from './media-type.ts'
import { parseJson } from './parse-json.ts'

export const USAGE_EVENT_TYPE = 'usage.recorded'
const SPEC_VERSION = '1.0'

const ATTRIBUTE_NAME = /^[a-z0-9]{1,64}$/
/** Fields of the event that could be mistaken for extension attributes: as such they would be lost in silence. */
const BELONGS_IN_DATA = new Set([
  'provider',
  'units',
  'endpoint',
  'product',
  'corrects',
  'team',
  'project',
  'environment',
])

/**
 * A CloudEvents 1.0 event to a usage event: `id` is the `request_id`, `time` the `timestamp`, `data` the rest. Extension
 * attributes are the transport's (tracing, partition key) and are let be.
 */
export function parseCloudEvent(value: unknown): ParsedUsage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return undecodable('a CloudEvent has to be a JSON object')
  }
  const attributes = value as Readonly<Record<string, unknown>>
  const problem = attributesProblem(attributes)
  if (problem !== undefined) return problem
  const data = dataOf(attributes)
  if (data === undefined) {
    return undecodable(
      'data of the CloudEvent has to be a JSON object, in data or, as base64, in data_base64',
    )
  }
  return parseData(data, attributes)
}

function parseData(data: object, attributes: Readonly<Record<string, unknown>>): ParsedUsage {
  const stated = data as Readonly<Record<string, unknown>>
  for (const [field, attribute] of [
    ['request_id', 'id'],
    ['timestamp', 'time'],
  ] as const) {
    const given = attributes[attribute] ?? undefined
    if (stated[field] !== undefined && given !== undefined && stated[field] !== given) {
      return invalid(`data.${field}`, `differs from the CloudEvent's ${attribute}: leave it out of data`)
    }
  }
  // Entries, not assignment: a key named __proto__ stays an own property and is refused by name.
  const merged = Object.fromEntries([
    ...Object.entries(stated),
    ['request_id', attributes['id']],
    ...(attributes['time'] == null ? [] : [['timestamp', attributes['time']] as const]),
  ]) as unknown
  return parseUsageEvent(merged)
}

function attributesProblem(attributes: Readonly<Record<string, unknown>>): ParsedUsage | undefined {
  if (attributes['specversion'] !== SPEC_VERSION) return invalid('specversion', `has to be "${SPEC_VERSION}"`)
  if (attributes['type'] !== USAGE_EVENT_TYPE) return invalid('type', `has to be "${USAGE_EVENT_TYPE}"`)
  for (const name of ['id', 'source']) {
    if (typeof attributes[name] !== 'string' || attributes[name] === '') {
      return invalid(name, 'is missing: CloudEvents require it')
    }
  }
  if (attributes['data'] !== undefined && attributes['data_base64'] !== undefined) {
    return invalid('data_base64', 'stands beside data: send one of them')
  }
  const contentType = attributes['datacontenttype'] ?? 'application/json'
  const name = typeof contentType === 'string' ? parseMediaType(contentType)?.name : undefined
  if (name !== 'application/json' && name?.endsWith('+json') !== true) {
    return invalid('datacontenttype', 'has to be application/json')
  }
  return extensionProblem(attributes)
}

function extensionProblem(attributes: Readonly<Record<string, unknown>>): ParsedUsage | undefined {
  for (const name of Object.keys(attributes)) {
    if (name === 'data' || name === 'data_base64') continue
    if (BELONGS_IN_DATA.has(name)) return invalid(name, 'belongs into data')
    if (!ATTRIBUTE_NAME.test(name)) {
      return invalid(name.slice(0, 64), 'is not a CloudEvents attribute (a-z, 0-9): it belongs into data')
    }
    if (typeof attributes[name] === 'object' && attributes[name] !== null) {
      return invalid(name, 'has to be a text, a number or a boolean')
    }
  }
  return undefined
}

function dataOf(attributes: Readonly<Record<string, unknown>>): object | undefined {
  const { data, data_base64 } = attributes
  if (typeof data_base64 === 'string') {
    const parsed = parseJson(Buffer.from(data_base64, 'base64').toString('utf8'))
    return parsed.ok ? objectIn(parsed.value) : undefined
  }
  return objectIn(data)
}

function objectIn(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}

function invalid(field: string, what: string): ParsedUsage {
  return refused({ reason: 'invalid_field', field, message: `${field} ${what}` })
}
