import { createRandom } from '@meterline/simulation'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'

import type { Bench } from '../bench.ts'
import { PROBE_MODEL, PROBE_UNITS, probeKey, PROVIDER } from '../stack/organization.ts'

const CONNECTIONS = 8
/** Probes go out at random within this, so that they meet the pipeline's batches at every moment of their cycle. */
const GAP_MS = { least: 40, most: 160 } as const

export interface SentProbe {
  readonly index: number
  /** Wall-clock milliseconds: before the request, and when the 202 was there. */
  readonly sentMs: number
  readonly acceptedMs: number
}

export const probeRequestId = (index: number): string => `probe_${index}`

/** Sends one event for each probe's project, which takes its allocation over 100 %. */
export async function sendProbes(
  bench: Bench,
  gatewayUrl: string,
  indexes: readonly number[],
): Promise<SentProbe[]> {
  const pool = new Pool(gatewayUrl, { connections: CONNECTIONS })
  const random = createRandom('probes')
  const sending: Promise<SentProbe>[] = []
  try {
    for (const index of indexes) {
      await sleep(GAP_MS.least + random.below(GAP_MS.most - GAP_MS.least), undefined, {
        signal: bench.signal,
      })
      const probe = sendProbe(pool, index, bench.stack.secretOf(probeKey(index)))
      // Awaited below, together; a failure in between must not end the process.
      probe.catch(() => undefined)
      sending.push(probe)
    }
    return await Promise.all(sending)
  } finally {
    await pool.close()
  }
}

async function sendProbe(pool: Pool, index: number, secret: string): Promise<SentProbe> {
  const sentMs = Date.now()
  const event = {
    request_id: probeRequestId(index),
    timestamp: sentMs,
    provider: PROVIDER,
    model_name: PROBE_MODEL,
    operation_type: 'completion',
    units: PROBE_UNITS,
  }
  const answer = await pool.request({
    path: '/v1/events',
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify(event),
  })
  const text = await answer.body.text()
  if (answer.statusCode !== 202) throw new Error(`probe ${index} was answered ${answer.statusCode}: ${text}`)
  return { index, sentMs, acceptedMs: Date.now() }
}
