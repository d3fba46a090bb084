import { CliError } from '../cli-error.ts'
import { malformedJson } from '../replay/malform.ts'
import type { Outgoing } from '../replay/disturb.ts'
import { mergeReports } from './delivery.ts'
import type { Delivery } from './delivery.ts'
import { eventJson } from './event-json.ts'
import type { GatewayClient } from './gateway-client.ts'

/** The gateway takes 5 MiB a request; an event is a few hundred bytes, and 2.5 KiB at the very most here. */
const MAX_POST_EVENTS = 2_000

/** Through the gateway, each event under its own key's secret. */
export function httpDelivery(client: GatewayClient, secrets: ReadonlyMap<string, string>): Delivery {
  return {
    name: 'http',
    async send(batch) {
      const reports = await Promise.all(
        [...Map.groupBy(batch, ({ event }) => event.api_key_id)].flatMap(([keyId, items]) =>
          inPosts(items).map((post) => client.post(secretOf(secrets, keyId), post.map(bodyOf))),
        ),
      )
      return mergeReports(reports)
    },
    close: () => Promise.resolve(),
  }
}

export function secretOf(secrets: ReadonlyMap<string, string>, keyId: string): string {
  const secret = secrets.get(keyId)
  if (secret !== undefined) return secret
  const known = [...secrets.keys()].slice(0, 12).join(', ')
  throw new CliError(
    `no secret of the key ${keyId} is in credentials.json; known: ${known === '' ? 'none' : known}`,
  )
}

function bodyOf(item: Outgoing): unknown {
  return item.kind === 'event' ? eventJson(item.event) : malformedJson(item.event, item.flaw)
}

function inPosts(items: readonly Outgoing[]): readonly (readonly Outgoing[])[] {
  return Array.from({ length: Math.ceil(items.length / MAX_POST_EVENTS) }, (_, index) =>
    items.slice(index * MAX_POST_EVENTS, (index + 1) * MAX_POST_EVENTS),
  )
}
