import { HEADERS } from '@meterline/contract'
import type { LogRecord, ProcessorFactory } from '@meterline/topology'

import { LaneTable } from '../attribution/lane-table.ts'
import { TextScopes } from '../attribution/text-scopes.ts'
import { countRejected } from '../meter-counts.ts'
import type { MeterItem } from '../meter-item.ts'
import type { MeterOptions } from '../meter-options.ts'
import { rejectedMessage } from '../rejected-message.ts'
import { ScopeTable } from '../spend/scope-table.ts'

const GATEWAY = 'gateway'

/** Keys, label sets, scopes and what follows from them, per partition. They are made anew from the next batch on when there are more. */
export const MAX_REMEMBERED = 100_000

/** Says who pays: by the gateway's word, by the registry, or by the event's own labels (domain.md §2). */
export function attribute({ view, counts }: MeterOptions): ProcessorFactory<MeterItem, MeterItem> {
  return ({ forward, emit }) => {
    const scopes = new ScopeTable()
    const lanes = new LaneTable(view, scopes)
    const texts = new TextScopes(scopes)
    let foldedTo = view.offset

    const forget = (): void => {
      scopes.clear()
      lanes.clear()
      texts.clear()
      foldedTo = view.offset
    }
    return {
      process(item) {
        if (view.offset !== foldedTo) forget()
        const lane = lanes.of(item.scan, isFromGateway(item.record))
        if (lane.kind === 'rejected') {
          countRejected(counts, lane.rejection.reason)
          emit('rejected', rejectedMessage(item.record, lane.rejection, lane.apiKeyId))
          return
        }
        if (item.standing === undefined) {
          item.lane = lane
          texts.name(item)
        } else {
          // The key may send; who pays, and when it was, is what stands.
          item.lane = lanes.ofMetered(item.standing)
          texts.nameStanding(item, item.standing)
          item.scan.timestampMs = item.standing.timestamp
        }
        forward(item)
      },
      endBatch() {
        if (scopes.size + lanes.size > MAX_REMEMBERED) forget()
      },
    }
  }
}

function isFromGateway({ headers }: LogRecord): boolean {
  const value = headers[HEADERS.attributedBy]
  if (value === undefined || value.length !== GATEWAY.length) return false
  return typeof value === 'string' ? value === GATEWAY : value.toString('latin1') === GATEWAY
}
