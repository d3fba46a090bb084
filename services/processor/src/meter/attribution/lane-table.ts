import {
  attributeExpired,
  attributeUsage,
  type AttributionResult,
  type Labels,
  type MeteredUsage,
  type OrganizationView,
  type Rejection,
  tierOf,
} from '@meterline/domain'

import { RateLineTable } from '../rating/rate-line-table.ts'
import { PathTable } from '../spend/path-table.ts'
import type { ScopeTable } from '../spend/scope-table.ts'
import { ByteInterner } from '../../wire/byte-interner.ts'
import { readStringMap } from '../wire/read-string-map.ts'
import type { UsageScan } from '../wire/usage-scan.ts'
import { encodeAttribution } from './encode-attribution.ts'
import type { AttributedLane, Lane } from './lane.ts'

/** A correction is encoded as a whole. */
const NOT_WRITTEN = Buffer.alloc(0)

/** Events of one key and model, and the lanes they take by their labels. */
interface Head {
  readonly apiKeyId: string
  readonly provider: string
  readonly model: string
  readonly lanes: Map<LabelSet, Lane>
  readonly gatewayLanes: Map<LabelSet, Lane>
}

interface LabelSet {
  readonly labels: Labels
  readonly repeated: string | undefined
}

/** Finds the lane of an event by its bytes; makes it from the organization's view at first sight. */
export class LaneTable {
  readonly #view: OrganizationView
  readonly #scopes: ScopeTable
  readonly #paths: PathTable
  readonly #rateLines: RateLineTable
  readonly #heads = new ByteInterner<Head>(readHead)
  readonly #labels = new ByteInterner<LabelSet>(readLabels)
  #laneCount = 0

  constructor(view: OrganizationView, scopes: ScopeTable) {
    this.#view = view
    this.#scopes = scopes
    this.#paths = new PathTable(scopes)
    this.#rateLines = new RateLineTable(view)
  }

  get size(): number {
    return this.#labels.size + this.#heads.size + this.#laneCount
  }

  clear(): void {
    this.#paths.clear()
    this.#rateLines.clear()
    this.#heads.clear()
    this.#labels.clear()
    this.#laneCount = 0
  }

  of(scan: UsageScan, isFromGateway: boolean): Lane {
    const head = this.#heads.of(scan.bytes, scan.headStart, scan.headEnd)
    const labels = this.#labels.of(scan.bytes, scan.labelsStart, scan.labelsEnd)
    const lanes = isFromGateway ? head.gatewayLanes : head.lanes
    let lane = lanes.get(labels)
    if (lane === undefined) {
      lanes.set(labels, (lane = this.#make(head, labels, isFromGateway)))
      this.#laneCount += 1
    }
    return scan.timestampMs < lane.validUntilMs ? lane : (lane.afterwards ?? lane)
  }

  /** The lane that a metered record took: a correction is paid by who paid for what it corrects. */
  ofMetered(usage: MeteredUsage): AttributedLane {
    const { api_key_id, provider, model_name, usage_labels } = usage
    return {
      kind: 'attributed',
      encodedAttribution: NOT_WRITTEN,
      path: this.#paths.of(usage),
      apiKey: this.#scopes.of('api_key', api_key_id),
      model: this.#scopes.of('model', model_name),
      rateLine: this.#rateLines.of({ provider, model: model_name, tier: tierOf(usage_labels) }),
      isUnattributed: usage.attribution === 'unattributed',
      validUntilMs: Infinity,
      afterwards: undefined,
    }
  }

  #make(head: Head, { labels, repeated }: LabelSet, isFromGateway: boolean): Lane {
    if (repeated !== undefined) return rejectedLane(head, repeatedLabel(repeated))
    const query = { api_key_id: head.apiKeyId, usage_labels: labels, isFromGateway }
    const result = attributeUsage(this.#view, query)
    const lane = this.#laneOf(head, labels, result)
    if (result.kind === 'rejected' || result.validUntilMs === Infinity) return lane
    const afterwards = this.#laneOf(head, labels, attributeExpired(this.#view, head.apiKeyId))
    return { ...lane, validUntilMs: result.validUntilMs, afterwards }
  }

  #laneOf(head: Head, labels: Labels, result: AttributionResult): Lane {
    if (result.kind === 'rejected') return rejectedLane(head, result.rejection)
    const { attribution } = result
    return {
      kind: 'attributed',
      encodedAttribution: encodeAttribution(attribution),
      path: this.#paths.of(attribution),
      apiKey: this.#scopes.of('api_key', head.apiKeyId),
      model: this.#scopes.of('model', head.model),
      rateLine: this.#rateLines.of({ provider: head.provider, model: head.model, tier: tierOf(labels) }),
      isUnattributed: attribution.attribution === 'unattributed',
      validUntilMs: Infinity,
      afterwards: undefined,
    }
  }
}

function rejectedLane(head: Head, rejection: Rejection): Lane {
  const { apiKeyId } = head
  return { kind: 'rejected', rejection, apiKeyId, validUntilMs: Infinity, afterwards: undefined }
}

function repeatedLabel(label: string): Rejection {
  return {
    reason: 'invalid_field',
    stage: 'attribute',
    error: `usage_labels has ${label} twice: send each label once`,
  }
}

// Three texts with lengths of at most two bytes, and the operation type, which nothing depends on.
function readHead(bytes: Buffer): Head {
  let at = 0
  const text = (): string => {
    const low = bytes[at++]!
    const length = low < 0x80 ? low >> 1 : ((low & 0x7f) | (bytes[at++]! << 7)) >> 1
    at += length
    return bytes.toString('utf8', at - length, at)
  }
  return { apiKeyId: text(), provider: text(), model: text(), lanes: new Map(), gatewayLanes: new Map() }
}

function readLabels(bytes: Buffer): LabelSet {
  const { entries, repeated } = readStringMap(bytes)
  return { labels: entries, repeated }
}
