import { HEADERS } from '@meterline/contract'
import type { LogRecord, ProcessorFactory } from '@meterline/topology'

import type { AttributedLane } from '../attribution/lane.ts'
import { type LabelOrigin, LaneTable } from '../attribution/lane-table.ts'
import { TextScopes } from '../attribution/text-scopes.ts'
import type { MeterItem } from '../meter-item.ts'
import type { MeterOptions } from '../meter-options.ts'
import { type Model, ModelTable } from '../rating/model-table.ts'
import { createRejections } from '../rejections.ts'
import { ScopeTable } from '../spend/scope-table.ts'

const GATEWAY = 'gateway'

/** Keys, label sets, scopes and what follows from them, per partition. They are made anew from the next batch on when there are more. */
export const MAX_REMEMBERED = 100_000

/** Says who pays: by the gateway's word, by the registry, or by the event's own labels (domain.md §2). */
export function attribute(options: MeterOptions): ProcessorFactory<MeterItem, MeterItem> {
  const { view } = options
  return ({ forward, emit }) => {
    const scopes = new ScopeTable()
    const lanes = new LaneTable(view, scopes)
    const models = new ModelTable(view, scopes)
    const texts = new TextScopes(scopes)
    const rejections = createRejections(options, emit)
    let foldedTo = view.meteringOffset

    const forget = (): void => {
      scopes.clear()
      lanes.clear()
      models.clear()
      texts.clear()
      foldedTo = view.meteringOffset
    }
    const take = (item: MeterItem, lane: AttributedLane, model: Model): void => {
      item.lane = lane
      item.model = model.scope
      item.rateLine = models.rateLine(model, lane.tier)
    }
    return {
      process(item) {
        if (view.meteringOffset !== foldedTo) forget()
        const lane = lanes.of(item.scan, originOf(item))
        if (lane.kind === 'rejected') {
          rejections.add(item.record, lane.rejection, lane.apiKeyId)
          return
        }
        const { standing } = item
        if (standing === undefined) {
          take(item, lane, models.of(item.scan))
          texts.name(item)
        } else {
          // The key may send; who pays, and when it was, is what stands.
          take(item, lanes.ofMetered(standing), models.named(standing.provider, standing.model_name))
          texts.nameStanding(item, standing)
          item.scan.timestampMs = standing.timestamp
        }
        forward(item)
      },
      endBatch() {
        rejections.endBatch()
        if (scopes.size + lanes.size + models.size > MAX_REMEMBERED) forget()
      },
    }
  }
}

/** Only the gateway says how new its view of the organization was, and it has asked the label policies of that view. */
function originOf({ record, standing }: MeterItem): LabelOrigin {
  if (isFromGateway(record)) return 'gateway'
  const isJudged = standing !== undefined || record.headers[HEADERS.controlOffset] !== undefined
  return isJudged ? 'judged' : 'sender'
}

function isFromGateway({ headers }: LogRecord): boolean {
  const value = headers[HEADERS.attributedBy]
  if (value === undefined || value.length !== GATEWAY.length) return false
  return typeof value === 'string' ? value === GATEWAY : value.toString('latin1') === GATEWAY
}
