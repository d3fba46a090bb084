import type { BurnChange } from '@meterline/domain'

import { avroCodec } from './types.ts'

const EMPTY = {
  scope: '',
  pane: 0,
  credits_micro: 0,
  requests: 0,
  seconds: [],
  above: [],
  drivers: [],
  numbers: [],
  name: '',
  text: null,
} as const

export const burnChangeCodec = avroCodec<BurnChange>('burn-changelog.avsc')

/** A change with the fields that its kind does not use left empty. */
export function encodeBurnChange(change: Partial<BurnChange> & Pick<BurnChange, 'kind'>): Buffer {
  return burnChangeCodec.encode({ ...EMPTY, ...change })
}
