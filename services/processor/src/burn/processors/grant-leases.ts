import { frame, spendLeaseCodec } from '@meterline/contract'
import type { LeaseCap, LeaseRequest } from '@meterline/domain'
import type { Processor, StepContext } from '@meterline/topology'

import type { LeaseMoment, Moment } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'

/**
 * Decides in the order of the log who may spend how much under a hard cap, and says so on `lease`. Spend, time and requests stand
 * in one log, so a decision is made once, by whoever holds the partition, and a replay comes to the same.
 */
export function grantLeases(schemaIds: { readonly spendLease: number }) {
  return (context: StepContext<Moment>): Processor<Moment | LeaseMoment> => ({
    process(moment) {
      switch (moment.kind) {
        case 'asked': {
          const answer = answerTo(moment.burn, moment.request, moment.offset)
          const value = frame(schemaIds.spendLease, spendLeaseCodec.encode(answer))
          context.emit('lease', { key: answer.scope, value, timestampMs: answer.as_of })
          return
        }
        case 'given_back':
          moment.burn.leases.giveBack(moment.report, moment.offset)
          return
        case 'ticked':
          moment.burn.leases.tick(moment.tick)
          return
        case 'passed':
        case 'policy':
        case 'spent':
        case 'rejected':
          context.forward(moment)
      }
    },
  })
}

function answerTo(burn: BurnState, request: LeaseRequest, offset: number) {
  const days = burn.scopes.get(request.scope)?.days
  const { calendar, leaseTimeMs } = burn
  const today = calendar.day(leaseTimeMs)
  const month = calendar.month(today)
  const spentMicro = (period: LeaseCap['period']): number =>
    (period === 'day'
      ? days?.creditsMicro(today)
      : days?.between(calendar.monthStartDay(month), calendar.monthStartDay(month + 1))) ?? 0
  const controlOffset = burn.policyRecord?.policy_offset ?? -1
  return burn.leases.request(request, offset, { spentMicro, controlOffset, nowMs: leaseTimeMs })
}
