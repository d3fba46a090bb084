import {
  attributeExpired,
  attributeUsage,
  type AttributionResult,
  type Labels,
  type MeteredUsage,
  type SpendView,
  type Rejection,
  tierOf,
} from '@meterline/domain'

import { PathTable } from '../spend/path-table.ts'
import type { ScopeTable } from '../spend/scope-table.ts'
import { ByteInterner } from '../../wire/byte-interner.ts'
import { readStringMap } from '../wire/read-string-map.ts'
import type { UsageScan } from '../wire/usage-scan.ts'
import { encodeAttribution } from './encode-attribution.ts'
import type { AttributedLane, Lane } from './lane.ts'

/** A correction is encoded as a whole. */
const NOT_WRITTEN = Buffer.alloc(0)

/** Events of one key, and the lanes they take by their labels. Made as they are needed: nearly every key has one origin. */
interface KeyLanes {
  readonly apiKeyId: string
  readonly lanes: Record<LabelOrigin, Map<LabelSet, Lane> | undefined>
}

/** Who answers for the labels on an event. */
export type LabelOrigin =
  /** The gateway: they are the authenticated key's own (method B). */
  | 'gateway'
  /** The sender, and the label policies were asked already: by the gateway, or for the call that a correction is about. */
  | 'judged'
  /** The sender, with a Kafka client of his own. */
  | 'sender'

interface LabelSet {
  readonly labels: Labels
  readonly repeated: string | undefined
}

/** Finds the lane of an event by its bytes; makes it from the organization's view at first sight. */
export class LaneTable {
  readonly #view: SpendView
  readonly #scopes: ScopeTable
  readonly #paths: PathTable
  readonly #keys = new ByteInterner<KeyLanes>(readKey)
  readonly #labels = new ByteInterner<LabelSet>(readLabels)
  #laneCount = 0

  constructor(view: SpendView, scopes: ScopeTable) {
    this.#view = view
    this.#scopes = scopes
    this.#paths = new PathTable(scopes)
  }

  get size(): number {
    return this.#labels.size + this.#keys.size + this.#laneCount
  }

  clear(): void {
    this.#paths.clear()
    this.#keys.clear()
    this.#labels.clear()
    this.#laneCount = 0
  }

  of(scan: UsageScan, origin: LabelOrigin): Lane {
    const key = this.#keys.of(scan.bytes, scan.keyStart, scan.keyEnd)
    const labels = this.#labels.of(scan.bytes, scan.labelsStart, scan.labelsEnd)
    const lanes = (key.lanes[origin] ??= new Map())
    let lane = lanes.get(labels)
    if (lane === undefined) {
      lanes.set(labels, (lane = this.#make(key.apiKeyId, labels, origin)))
      this.#laneCount += 1
    }
    return scan.timestampMs < lane.validUntilMs ? lane : (lane.afterwards ?? lane)
  }

  /** The lane that a metered record took: a correction is paid by who paid for what it corrects. */
  ofMetered(usage: MeteredUsage): AttributedLane {
    return {
      kind: 'attributed',
      encodedAttribution: NOT_WRITTEN,
      path: this.#paths.of(usage),
      apiKey: this.#scopes.of('api_key', usage.api_key_id),
      tier: tierOf(usage.usage_labels),
      isUnattributed: usage.attribution === 'unattributed',
      validUntilMs: Infinity,
      afterwards: undefined,
    }
  }

  #make(apiKeyId: string, { labels, repeated }: LabelSet, origin: LabelOrigin): Lane {
    if (repeated !== undefined) return rejectedLane(apiKeyId, repeatedLabel(repeated))
    const query = {
      api_key_id: apiKeyId,
      usage_labels: labels,
      isFromGateway: origin === 'gateway',
      isToBeJudged: origin === 'sender',
    }
    const result = attributeUsage(this.#view, query)
    const lane = this.#laneOf(apiKeyId, labels, result)
    if (result.kind === 'rejected' || result.validUntilMs === Infinity) return lane
    const afterwards = this.#laneOf(apiKeyId, labels, attributeExpired(this.#view, apiKeyId))
    return { ...lane, validUntilMs: result.validUntilMs, afterwards }
  }

  #laneOf(apiKeyId: string, labels: Labels, result: AttributionResult): Lane {
    if (result.kind === 'rejected') return rejectedLane(apiKeyId, result.rejection)
    const { attribution } = result
    return {
      kind: 'attributed',
      encodedAttribution: encodeAttribution(attribution),
      path: this.#paths.of(attribution),
      apiKey: this.#scopes.of('api_key', apiKeyId),
      tier: tierOf(labels),
      isUnattributed: attribution.attribution === 'unattributed',
      validUntilMs: Infinity,
      afterwards: undefined,
    }
  }
}

function rejectedLane(apiKeyId: string, rejection: Rejection): Lane {
  return { kind: 'rejected', rejection, apiKeyId, validUntilMs: Infinity, afterwards: undefined }
}

function repeatedLabel(label: string): Rejection {
  return {
    reason: 'invalid_field',
    stage: 'attribute',
    error: `usage_labels has ${label} twice: send each label once`,
  }
}

function readKey(bytes: Buffer): KeyLanes {
  const lanes = { gateway: undefined, judged: undefined, sender: undefined }
  return { apiKeyId: bytes.toString('utf8'), lanes }
}

function readLabels(bytes: Buffer): LabelSet {
  const { entries, repeated } = readStringMap(bytes)
  return { labels: entries, repeated }
}
