import type { Driver, ScopeId, SpendRecord, Units } from '@meterline/domain'

import { datumDecoder } from './datum-decoder.ts'
import { avroType, schemaText } from './types.ts'

interface SpendDeltaWire {
  readonly kind: 'delta' | 'tick' | 'policy'
  readonly scope: ScopeId | ''
  readonly pane_start: number
  readonly credits_micro: number
  readonly requests: number
  readonly unrated_requests: number
  readonly units: Units
  readonly drivers: readonly Driver[]
  readonly policy: string | null
  readonly policy_offset: number
}

/** What lies behind it is no time that anything is spent in; dates far enough behind it cannot even be named. */
const END_OF_TIME_MS = Date.UTC(2100, 0, 1)

export const spendDeltaType = avroType(schemaText('spend-delta.avsc'))

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
} as const

export function encodeSpendRecord(record: SpendRecord): Buffer {
  return spendDeltaType.toBuffer({ ...EMPTY, ...record } satisfies SpendDeltaWire)
}

/** Throws when the bytes are not one datum, are of no time between 1970 and 2100, or are a delta without a scope. */
export function decodeSpendRecord(datum: Buffer): SpendRecord {
  const wire = decodeWire(datum)
  const { pane_start } = wire
  if (pane_start < 0 || pane_start >= END_OF_TIME_MS) {
    throw new RangeError(`pane_start is ${pane_start}: not between 1970 and 2100`)
  }
  switch (wire.kind) {
    case 'tick':
      return { kind: 'tick', pane_start }
    case 'policy':
      return { kind: 'policy', pane_start, policy: wire.policy ?? '', policy_offset: wire.policy_offset }
    case 'delta': {
      if (wire.scope === '') throw new TypeError('a spend delta needs a scope')
      const { scope, credits_micro, requests, unrated_requests, units, drivers } = wire
      return { kind: 'delta', scope, pane_start, credits_micro, requests, unrated_requests, units, drivers }
    }
  }
}
