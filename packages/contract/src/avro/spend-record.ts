import type { Driver, LeaseRequest, ScopeId, SpendRecord, Units } from '@meterline/domain'

import { datumDecoder } from './datum-decoder.ts'
import { datumEncoder } from './datum-encoder.ts'
import { avroType, schemaText } from './types.ts'

interface SpendDeltaWire {
  readonly kind: SpendRecord['kind']
  readonly scope: ScopeId | ''
  readonly pane_start: number
  readonly credits_micro: number
  readonly requests: number
  readonly unrated_requests: number
  readonly units: Units
  readonly drivers: readonly Driver[]
  readonly policy: string | null
  readonly policy_offset: number
  readonly metered_offset: number
  readonly lease: LeaseRequest['lease'] | null
}

/** What lies behind it is no time that anything is spent in; dates far enough behind it cannot even be named. */
const END_OF_TIME_MS = Date.UTC(2100, 0, 1)

export const spendDeltaType = avroType(schemaText('spend-delta.avsc'))

const encodeWire = datumEncoder(spendDeltaType)
const decodeWire = datumDecoder<SpendDeltaWire>(spendDeltaType)

const EMPTY = {
  scope: '',
  credits_micro: 0,
  requests: 0,
  unrated_requests: 0,
  units: {},
  drivers: [],
  policy: null,
  policy_offset: -1,
  metered_offset: -1,
  lease: null,
} as const

/** What a lease_return has no use for. */
const NO_REQUEST = {
  number: 0,
  wanted_micro: 0,
  needed_micro: 0,
  reservation_ms: 0,
  control_offset: -1,
  caps: [],
} as const

export function encodeSpendRecord(record: SpendRecord): Buffer {
  const wire: SpendDeltaWire =
    record.kind === 'lease_return'
      ? { ...EMPTY, ...record, lease: { ...NO_REQUEST, ...record.lease } }
      : { ...EMPTY, ...record }
  return encodeWire(wire)
}

/** Throws when the bytes are not one datum, are of no time between 1970 and 2100, or are a delta without a scope. */
export function decodeSpendRecord(datum: Buffer): SpendRecord {
  const wire = decodeWire(datum)
  const { pane_start } = wire
  if (pane_start < 0 || pane_start >= END_OF_TIME_MS) {
    throw new RangeError(`pane_start is ${pane_start}: not between 1970 and 2100`)
  }
  switch (wire.kind) {
    case 'tick': {
      const { metered_offset } = wire
      return { kind: 'tick', pane_start, ...(metered_offset < 0 ? {} : { metered_offset }) }
    }
    case 'policy':
      return { kind: 'policy', pane_start, policy: wire.policy ?? '', policy_offset: wire.policy_offset }
    case 'delta': {
      if (wire.scope === '') throw new TypeError('a spend delta needs a scope')
      const { scope, credits_micro, requests, unrated_requests, units, drivers } = wire
      return { kind: 'delta', scope, pane_start, credits_micro, requests, unrated_requests, units, drivers }
    }
    case 'rejected': {
      const { scope, requests } = wire
      if (scope === '' || requests < 1) throw new TypeError('rejected usage needs a scope and its requests')
      return { kind: 'rejected', scope, pane_start, requests }
    }
    case 'lease_request':
    case 'lease_return': {
      const { kind, scope, lease } = wire
      if (scope === '' || lease === null) throw new TypeError(`a ${kind} needs a scope and a lease`)
      return kind === 'lease_request'
        ? { kind, scope, pane_start, lease: checkedRequest(lease) }
        : { kind, scope, pane_start, lease: checkedSums(lease) }
    }
  }
}

type Lease = LeaseRequest['lease']

function checkedRequest(lease: Lease): Lease {
  const { number, wanted_micro, needed_micro, reservation_ms } = checkedSums(lease)
  if (number < 1 || needed_micro < 0 || wanted_micro < needed_micro || reservation_ms < 0) {
    throw new RangeError('a lease_request asks for less than nothing')
  }
  if (lease.caps.some(({ cap_micro }) => cap_micro < 0)) throw new RangeError('a cap is below zero')
  return lease
}

function checkedSums(lease: Lease): Lease {
  if (lease.returned_micro < 0 || lease.settled_micro < 0)
    throw new RangeError('a sum of a lease is below zero')
  return lease
}
