import type { Channel, OrganizationView } from '@meterline/domain'

/** Variables of the channels that nobody has set up: an address that an alert names goes through them. */
export const DEFAULT_SECRETS = {
  slack: 'NOTIFIER_SECRET_SLACK_WEBHOOK_URL',
  webhook: 'NOTIFIER_SECRET_WEBHOOK',
} as const

/** The channel of that id, or the one that an address of an alert stands for: `email:…`, `slack:#…`, `webhook:https://…`. */
export function channelOf(view: OrganizationView, id: string): Channel | undefined {
  const known = view.entities.channel.get(id)
  if (known !== undefined) return known
  const colon = id.indexOf(':')
  const address = id.slice(colon + 1)
  switch (id.slice(0, Math.max(0, colon))) {
    case 'email':
      return { id, type: 'email', settings: { to: address } }
    case 'slack':
      return { id, type: 'slack', settings: { webhook_url_env: DEFAULT_SECRETS.slack, channel: address } }
    case 'webhook':
      return { id, type: 'webhook', settings: { url: address, secret_env: DEFAULT_SECRETS.webhook } }
    default:
      return undefined
  }
}

/** The channel's name where it is not to tell an address: in log lines and metrics. */
export function channelLabel(id: string): string {
  if (id.startsWith('email:')) return 'email'
  if (!id.startsWith('webhook:')) return id
  return `webhook:${URL.parse(id.slice('webhook:'.length))?.host ?? ''}`
}
