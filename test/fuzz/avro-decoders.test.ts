import { decodeSpendRecord, encodeSpendRecord, meteredUsageCodec, usageEventCodec } from '@meterline/contract'
import type { UsageEvent } from '@meterline/domain'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { DEADLINE_MS, fuzzParameters } from './budget.ts'
import { mutated } from './mutated.ts'

/** Far above what 400 bytes take; avsc alone takes minutes for some. */
const SOON_MS = 2_000

const event: UsageEvent = {
  request_id: 'r1',
  timestamp: 1_763_000_000_000,
  api_key_id: 'key',
  provider: 'openai',
  model_name: 'gpt-5-mini',
  operation_type: 'completion',
  units: { tokens_input: 1523, tokens_output: 311.5, constructor: 2 },
  credits_consumed: 250_000,
  usage_labels: { team: 'payments', 'ü€🜃': '' },
  response_latency_ms: 812,
  error_code: null,
  user_id: 'u',
  customer_id: null,
  endpoint: 'checkout',
  prompt_version: null,
  product: null,
  session_id: null,
  corrects: null,
}
const SAMPLES = [usageEventCodec.encode(event), encodeSpendRecord({ kind: 'tick', pane_start: 1_000 })]

/** What is written of the decoded value, and of that read again; `undefined` when the bytes are refused. */
type RoundTrip = (bytes: Buffer) => readonly [Buffer, Buffer] | undefined

const ROUND_TRIPS: readonly RoundTrip[] = [
  roundTrip(
    (bytes) => usageEventCodec.decode(bytes),
    (value) => usageEventCodec.encode(value),
  ),
  roundTrip(
    (bytes) => meteredUsageCodec.decode(bytes),
    (value) => meteredUsageCodec.encode(value),
  ),
  roundTrip(decodeSpendRecord, encodeSpendRecord),
]

function roundTrip<T>(decode: (bytes: Buffer) => T, encode: (value: T) => Buffer): RoundTrip {
  return (bytes) => {
    const value = attempt(() => decode(bytes))
    if (value === undefined) return undefined
    const written = encode(value)
    return [written, encode(decode(written))]
  }
}

test(
  'whatever the bytes, a decoder refuses them soon or gives a value that is written and read as it is',
  () => {
    let taken = 0
    fc.assert(
      fc.property(mutated(SAMPLES), (bytes) => {
        for (const tried of ROUND_TRIPS) {
          const startedMs = performance.now()
          const pair = tried(bytes)
          expect(performance.now() - startedMs).toBeLessThan(SOON_MS)
          if (pair === undefined) continue
          taken += 1
          expect(pair[1]).toEqual(pair[0])
        }
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
      fuzzParameters(),
    )
    expect(taken).toBeGreaterThan(0)
  },
  DEADLINE_MS,
)

// A refusal is an Error; anything else that is thrown is a defect.
function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}
