import { organizationScope, settingsOf } from '@meterline/domain'
import type { OrganizationView, Permission } from '@meterline/domain'
import { ApiError, parsed } from '@meterline/http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'

import { channelOf } from '../channels/channel-of.ts'
import type { SenderParts } from '../channels/sender.ts'
import { SENDERS } from '../channels/senders.ts'
import { thrownOutcome } from '../deliveries/outcome.ts'
import type { AtWork } from '../work/at-work.ts'
import { allowed } from './allowed.ts'
import type { KnownCredentials } from './authenticate.ts'
import { channelAnswer, deliveryAnswer, findDeliveries } from './delivery-answers.ts'
import { testMessage } from './test-alert.ts'

export interface NotifierApi {
  readonly view: OrganizationView
  readonly credentials: KnownCredentials
  readonly senders: SenderParts
  /** Throws `ApiError` 503 where another notifier is at work. */
  readonly work: () => AtWork
  readonly nowMs: () => number
}

const MAX_LISTED = 1_000
const filter = z.strictObject({
  state: z.enum(['pending', 'delivered', 'dead']).optional(),
  channel: z.string().optional(),
  alert: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LISTED).default(100),
})
const byId = z.object({ id: z.string().min(1).max(2_048) })

export function addDeliveryRoutes(server: FastifyInstance, api: NotifierApi): void {
  const { view } = api
  const allow = (request: FastifyRequest, permission: Permission) =>
    allowed(request, api.credentials, { permission, scope: organizationScope(view) })
  const found = (request: FastifyRequest) => {
    const { id } = parsed(byId, request.params)
    const record = api.work().ledger.deliveries.get(id)
    if (record === undefined) throw new ApiError(404, 'not_found', `there is no delivery ${id}`)
    return record
  }

  server.get('/v1/deliveries', async (request) => {
    await allow(request, 'alerts.read')
    return {
      deliveries: findDeliveries(api.work().ledger, parsed(filter, request.query)).map(deliveryAnswer),
    }
  })
  server.get('/v1/dead-letters', async (request) => {
    await allow(request, 'alerts.read')
    const query = parsed(filter, request.query)
    return { deliveries: findDeliveries(api.work().ledger, { ...query, state: 'dead' }).map(deliveryAnswer) }
  })
  server.get('/v1/deliveries/:id', async (request) => {
    await allow(request, 'alerts.read')
    const record = found(request)
    return { ...deliveryAnswer(record), alerts: record.alerts }
  })
  server.post('/v1/deliveries/:id/redeliver', async (request, reply) => {
    await allow(request, 'routing.write')
    const record = found(request)
    const { ledger, engine } = api.work()
    if (ledger.disabled.has(record.channel)) {
      throw new ApiError(409, 'channel_disabled', `nothing is sent to ${record.channel} now`, {
        hint: 'test the channel, or change it',
      })
    }
    const again = await engine.redeliver(record.id)
    return reply.code(202).send(deliveryAnswer(again ?? record))
  })
  server.get('/v1/channels', async (request) => {
    await allow(request, 'alerts.read')
    const { ledger } = api.work()
    return { channels: [...view.entities.channel.values()].map((channel) => channelAnswer(channel, ledger)) }
  })
  server.post('/v1/channels/:id/test', async (request) => {
    await allow(request, 'routing.write')
    const { id } = parsed(byId, request.params)
    const channel = channelOf(view, id)
    if (channel === undefined) throw new ApiError(404, 'not_found', `there is no channel ${id}`)
    const { engine } = api.work()
    const nowMs = api.nowMs()
    const message = testMessage({
      id: `test_${randomUUID()}`,
      organization: settingsOf(view)?.id ?? '',
      nowMs,
    })
    const parts = { ...api.senders, signal: AbortSignal.timeout(TEST_TIMEOUT_MS) }
    const outcome = await SENDERS[channel.type](message, channel, parts).catch(thrownOutcome)
    if (outcome.kind === 'delivered') await engine.enableChannel(id)
    return { channel: id, delivery: message.id, outcome }
  })
}

const TEST_TIMEOUT_MS = 25_000
