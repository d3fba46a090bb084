import { MAX_BODY_BYTES, readEventBody } from '@meterline/contract'
import type { BodyFault } from '@meterline/contract'
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
import type { DirectAnswer, DirectRoute } from '../http/direct/direct-route.ts'
import type { IngestResult } from '../ingest/ingest-events.ts'
import { ingestEvents } from '../ingest/ingest-events.ts'
import type { RecordBatches, UsageRequest } from '../ingest/record-batches.ts'
import { createRecordBatches } from '../ingest/record-batches.ts'

const PATH = '/v1/events'

/** 202 when at least one event was written (or none was sent), 400 when every one was refused. */
export function addPostEvents(server: FastifyInstance, gateway: Gateway): void {
  server.post(PATH, {
    onRequest: whenCallerIsKnown(gateway, ({ headers }, reply, { caller, nowMs }) =>
      enter(gateway, { caller, nowMs, headers, response: reply.raw }),
    ),
    async handler(request, reply) {
      const { accepted } = await readAndAccept(gateway, request)
      const result = await accepted
      return reply.code(statusOf(result)).send(result)
    },
  })
}

/** In a function of its own, whose end is the end of the body. */
async function readAndAccept(
  gateway: Gateway,
  request: FastifyRequest,
): Promise<{ readonly accepted: Promise<IngestResult> }> {
  const { headers } = request
  const sent = bodyOf(request)
  request.body = undefined
  const body = await decodedBody(sent, headers['content-encoding'])
  return { accepted: accept(gateway, { caller: callerOf(request), body, headers }) }
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
      return (body) => accept(gateway, { caller, body, headers }).then(directAnswer)
    },
  }
}

const directAnswer = (result: IngestResult): DirectAnswer => ({
  status: statusOf(result),
  body: JSON.stringify(result),
  headers: {},
})

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

/**
 * Reads the events of a body and has them written. Not async, as such a function keeps what it was given until it ends: while Kafka is
 * waited for, a request is its answer, and its records as bytes in the batches of their partitions.
 */
function accept(
  gateway: Gateway,
  {
    caller,
    body,
    headers,
  }: { readonly caller: Caller; readonly body: Buffer; readonly headers: IncomingHttpHeaders },
): Promise<IngestResult> {
  const startedMs = performance.now()
  const apiKeyId = callerId(caller)
  const nowMs = gateway.nowMs()
  const { view, keyLabels } = gateway
  const records = createRecordBatches(gateway.target, {
    controlOffset: view.offset,
    callerId: apiKeyId,
    // Whoever has reserved credits has asked before the call, and so before its event.
    keepRequests: gateway.authorizations.waitForUsage(),
  })
  const bytes = body.length
  const read = readEventBody({ body, contentType: headers['content-type'], headers })
  if (!read.ok) {
    const { fault } = read
    if (fault.code === 'malformed_json') {
      records.addRefused({
        key: null,
        value: body,
        reason: 'undecodable',
        message: fault.message,
        headers: {},
      })
    }
    return refuseBody(gateway, { written: write(gateway, records), fault, apiKeyId, bytes })
  }
  gateway.keyRates.count(apiKeyId, read.body.count, nowMs)
  const result = ingestEvents(read.body, { caller, view, keyLabels, nowMs }, records)
  return settleWritten(gateway, {
    written: write(gateway, records),
    result,
    awaited: records.requests,
    apiKeyId,
    bytes,
    startedMs,
  })
}

async function refuseBody(
  gateway: Gateway,
  of: {
    readonly written: Promise<void>
    readonly fault: BodyFault
    readonly apiKeyId: string
    readonly bytes: number
  },
): Promise<never> {
  await of.written
  gateway.events.bodyRefused({ apiKeyId: of.apiKeyId, code: of.fault.code, bytes: of.bytes })
  throw bodyFaultError(of.fault)
}

async function settleWritten(
  gateway: Gateway,
  of: {
    readonly written: Promise<void>
    readonly result: IngestResult
    readonly awaited: readonly UsageRequest[]
    readonly apiKeyId: string
    readonly bytes: number
    readonly startedMs: number
  },
): Promise<IngestResult> {
  await of.written
  const { result, apiKeyId, bytes } = of
  // Not before it is acknowledged: what is settled counts as lent until what stands in the log by then is metered.
  for (const { keyId, requestId } of of.awaited) gateway.authorizations.settle(keyId, requestId)
  gateway.events.eventsTaken({
    apiKeyId,
    accepted: result.accepted,
    rejected: result.rejected.length,
    bytes,
    durationMs: performance.now() - of.startedMs,
  })
  for (const { code } of result.rejected) gateway.events.eventRefused({ apiKeyId, code })
  return result
}

// Accepted events and the kept refused ones in one go: the answer is given when both are safe.
function write(gateway: Gateway, records: RecordBatches): Promise<void> {
  const nowMs = gateway.nowMs()
  const bytes = records.refusedBytes()
  const keepRefused = bytes === 0 || gateway.keptRefused.waitMs(nowMs) === 0
  if (keepRefused) gateway.keptRefused.take(bytes, nowMs)
  else gateway.events.refusedNotKept({ bytes })
  const batches = records.batches({ withRefused: keepRefused })
  if (batches.length === 0) return Promise.resolve()
  return gateway.log.send(batches, { timeoutMs: LIMITS.writeDeadlineMs }).catch((error: unknown) => {
    gateway.events.writeFailed({ err: error })
    throw error
  })
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
