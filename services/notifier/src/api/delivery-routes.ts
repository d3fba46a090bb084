import { organizationScope, settingsOf } from '@meterline/domain'
import type { OrganizationView, Permission } from '@meterline/domain'
import { ApiError, parsed } from '@meterline/http'
import type { FastifyRequest } from 'fastify'
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
import type { Route } from './route.ts'
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

export function deliveryRoutes(api: NotifierApi): readonly Route[] {
  const { view } = api
  const allow = (request: FastifyRequest, permission: Permission) =>
    allowed(request, api.credentials, { permission, scope: organizationScope(view) })
  const found = (request: FastifyRequest) => {
    const { id } = parsed(byId, request.params)
    const record = api.work().ledger.deliveries.get(id)
    if (record === undefined) throw new ApiError(404, 'not_found', `there is no delivery ${id}`)
    return record
  }

  return [
    {
      method: 'GET',
      path: '/v1/deliveries',
      permission: 'alerts.read',
      summary: 'Deliveries on their way, delivered and given up, the newest first',
      query: filter,
      async handle(request) {
        await allow(request, 'alerts.read')
        const records = findDeliveries(api.work().ledger, parsed(filter, request.query))
        return { deliveries: records.map(deliveryAnswer) }
      },
    },
    {
      method: 'GET',
      path: '/v1/dead-letters',
      permission: 'alerts.read',
      summary: 'Deliveries that were given up, the newest first',
      query: filter,
      async handle(request) {
        await allow(request, 'alerts.read')
        const query = parsed(filter, request.query)
        const records = findDeliveries(api.work().ledger, { ...query, state: 'dead' })
        return { deliveries: records.map(deliveryAnswer) }
      },
    },
    {
      method: 'GET',
      path: '/v1/deliveries/:id',
      permission: 'alerts.read',
      summary: 'One delivery, with its alerts in full',
      async handle(request) {
        await allow(request, 'alerts.read')
        const record = found(request)
        return { ...deliveryAnswer(record), alerts: record.alerts }
      },
    },
    {
      method: 'POST',
      path: '/v1/deliveries/:id/redeliver',
      permission: 'routing.write',
      summary: 'Send one again under the same id, with the whole schedule before it',
      status: 202,
      async handle(request) {
        await allow(request, 'routing.write')
        const record = found(request)
        const { ledger, engine } = api.work()
        if (ledger.disabled.has(record.channel)) {
          throw new ApiError(409, 'channel_disabled', `nothing is sent to ${record.channel} now`, {
            hint: 'test the channel, or change it',
          })
        }
        return deliveryAnswer((await engine.redeliver(record.id)) ?? record)
      },
    },
    {
      method: 'GET',
      path: '/v1/channels',
      permission: 'alerts.read',
      summary: 'Channels, and whether anything is sent to them',
      async handle(request) {
        await allow(request, 'alerts.read')
        const { ledger } = api.work()
        return {
          channels: [...view.entities.channel.values()].map((channel) => channelAnswer(channel, ledger)),
        }
      },
    },
    {
      method: 'POST',
      path: '/v1/channels/:id/test',
      permission: 'routing.write',
      summary: 'Send a test through a channel; one that was disabled is enabled when it arrives',
      async handle(request) {
        await allow(request, 'routing.write')
        return testChannel(api, parsed(byId, request.params).id)
      },
    },
  ]
}

async function testChannel(api: NotifierApi, id: string): Promise<object> {
  const { view } = api
  const channel = channelOf(view, id)
  if (channel === undefined) throw new ApiError(404, 'not_found', `there is no channel ${id}`)
  const { engine } = api.work()
  const message = testMessage({
    id: `test_${randomUUID()}`,
    organization: settingsOf(view)?.id ?? '',
    nowMs: api.nowMs(),
  })
  const parts = { ...api.senders, signal: AbortSignal.timeout(TEST_TIMEOUT_MS) }
  const outcome = await SENDERS[channel.type](message, channel, parts).catch(thrownOutcome)
  if (outcome.kind === 'delivered') await engine.enableChannel(id)
  return { channel: id, delivery: message.id, outcome }
}

const TEST_TIMEOUT_MS = 25_000
