import { MAX_BODY_BYTES, readEventBody } from '@meterline/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

import { authenticate } from '../auth/authenticate.ts'
import type { Caller } from '../auth/caller.ts'
import { callerId } from '../auth/caller.ts'
import { callerOf, whenCallerIsKnown } from '../auth/request-caller.ts'
import { LIMITS } from '../bounds/limits.ts'
import type { Gateway } from '../gateway.ts'
import { bodyFaultError } from '../http/api-error.ts'
import { decodedBody } from '../http/decoded-body.ts'
import type { DirectRoute } from '../http/direct/direct-route.ts'
import type { IngestResult } from '../ingest/ingest-events.ts'
import { ingestEvents } from '../ingest/ingest-events.ts'
import type { RecordBatches } from '../ingest/record-batches.ts'
import { createRecordBatches } from '../ingest/record-batches.ts'

const PATH = '/v1/events'

/** 202 when at least one event was written (or none was sent), 400 when every one was refused. */
export function addPostEvents(server: FastifyInstance, gateway: Gateway): void {
  server.post(PATH, {
    onRequest: whenCallerIsKnown(gateway, ({ headers }, reply, { caller, nowMs }) =>
      enter(gateway, { caller, nowMs, headers, response: reply.raw }),
    ),
    async handler(request, reply) {
      const { headers } = request
      const body = await decodedBody(bodyOf(request), headers['content-encoding'])
      const result = await accept(gateway, { caller: callerOf(request), body, headers })
      return reply.code(statusOf(result)).send(result)
    },
  })
}

/** The same past the framework. */
export function directPostEvents(gateway: Gateway): DirectRoute {
  const { view, adminToken } = gateway
  return {
    path: PATH,
    maxBodyBytes: MAX_BODY_BYTES,
    open({ headers }, response) {
      const nowMs = gateway.nowMs()
      const caller = authenticate(headers.authorization, { view, adminToken, nowMs })
      enter(gateway, { caller, nowMs, headers, response })
      return async (body) => {
        const result = await accept(gateway, { caller, body, headers })
        return { status: statusOf(result), body: JSON.stringify(result), headers: {} }
      }
    },
  }
}

/** Throws 429 where the key has used up its rate, or more is under way than fits. */
function enter(
  gateway: Gateway,
  of: {
    readonly caller: Caller
    readonly nowMs: number
    readonly headers: IncomingHttpHeaders
    readonly response: ServerResponse
  },
): void {
  gateway.keyRates.check(callerId(of.caller), of.nowMs)
  of.response.once('close', gateway.inFlight.enter(expectedBytes(of.headers)))
}

const statusOf = ({ accepted, rejected }: IngestResult): number =>
  accepted === 0 && rejected.length > 0 ? 400 : 202

async function accept(
  gateway: Gateway,
  {
    caller,
    body,
    headers,
  }: { readonly caller: Caller; readonly body: Buffer; readonly headers: IncomingHttpHeaders },
): Promise<IngestResult> {
  const startedMs = performance.now()
  const id = callerId(caller)
  const nowMs = gateway.nowMs()
  const { view, keyLabels } = gateway
  const records = createRecordBatches(gateway.target, { controlOffset: view.offset, callerId: id })
  const read = readEventBody({ body, contentType: headers['content-type'], headers })
  if (!read.ok) {
    if (read.fault.code === 'malformed_json') {
      const message = read.fault.message
      records.addRefused({ key: null, value: body, reason: 'undecodable', message, headers: {} })
      await write(gateway, records)
    }
    gateway.events.bodyRefused({ apiKeyId: id, code: read.fault.code, bytes: body.length })
    throw bodyFaultError(read.fault)
  }
  gateway.keyRates.count(id, read.body.count, nowMs)
  const result = ingestEvents(read.body, { caller, view, keyLabels, nowMs }, records)
  await write(gateway, records)
  settle(gateway, records)
  gateway.events.eventsTaken({
    apiKeyId: id,
    accepted: result.accepted,
    rejected: result.rejected.length,
    bytes: body.length,
    durationMs: performance.now() - startedMs,
  })
  for (const { code } of result.rejected) gateway.events.eventRefused({ apiKeyId: id, code })
  return result
}

// Accepted events and the kept refused ones in one go: the answer is given when both are safe.
async function write(gateway: Gateway, records: RecordBatches): Promise<void> {
  const nowMs = gateway.nowMs()
  const bytes = records.refusedBytes()
  const keepRefused = bytes === 0 || gateway.keptRefused.waitMs(nowMs) === 0
  if (keepRefused) gateway.keptRefused.take(bytes, nowMs)
  else gateway.events.refusedNotKept({ bytes })
  const batches = records.batches({ withRefused: keepRefused })
  if (batches.length === 0) return
  await gateway.log.send(batches, { timeoutMs: LIMITS.writeDeadlineMs }).catch((error: unknown) => {
    gateway.events.writeFailed({ err: error })
    throw error
  })
}

// Not before it is acknowledged: what is settled counts as lent until what stands in the log by then is metered.
function settle({ authorizations }: Gateway, records: RecordBatches): void {
  if (!authorizations.waitForUsage()) return
  for (const { api_key_id, request_id } of records.events()) authorizations.settle(api_key_id, request_id)
}

function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}

// What is not said may be as large as is allowed, and what is compressed may become so.
function expectedBytes(headers: IncomingHttpHeaders): number {
  const length = Number(headers['content-length'] ?? MAX_BODY_BYTES)
  if (headers['content-encoding'] !== undefined || !(length >= 0)) return MAX_BODY_BYTES
  return Math.min(length, MAX_BODY_BYTES)
}
