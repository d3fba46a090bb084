import type { OrganizationView } from '../../organization/organization-view.ts'
import type { Role } from '../../access/access-entities.ts'
import { covers } from '../../access/covers.ts'
import type { AlertRoute } from '../alert-entities.ts'
import type { AlertSeverity, SpendAlert } from '../spend-alert.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

interface Default {
  readonly groupWaitMs: number
  readonly repeatIntervalMs: number
  /** Who is told beside those whom the alert names, where they have the role for its scope or one above it. */
  readonly roles: readonly Role[]
}

/** The recipients of domain.md's table: team lead and finance for a warning, operations and finance for what is critical. */
const DEFAULTS: Readonly<Record<AlertSeverity, Default>> = {
  info: { groupWaitMs: 5 * MINUTE_MS, repeatIntervalMs: Infinity, roles: [] },
  warning: { groupWaitMs: MINUTE_MS, repeatIntervalMs: 24 * HOUR_MS, roles: ['team_lead', 'finance'] },
  critical: { groupWaitMs: 0, repeatIntervalMs: 12 * HOUR_MS, roles: ['platform_owner', 'finance'] },
  hard_cap: { groupWaitMs: 0, repeatIntervalMs: 4 * HOUR_MS, roles: ['finance', 'admin'] },
}

/** Where an alert goes that no configured route takes: to whom it names, and to those whose role it is. */
export function defaultRoute(alert: SpendAlert, view: OrganizationView): AlertRoute {
  const { groupWaitMs, repeatIntervalMs } = DEFAULTS[alert.severity]
  return {
    id: `default:${alert.severity}`,
    position: 0,
    match: { severities: [], rules: [], scopes: [], environments: [] },
    channels: recipients(alert, alert.severity, view),
    escalate_to: recipients(alert, 'critical', view),
    group_by: ['allocation_id', 'severity'],
    group_wait_ms: groupWaitMs,
    repeat_interval_ms: repeatIntervalMs,
    continue: false,
  }
}

/** Whoever is named or has the role; where there is nobody, every channel there is. */
function recipients(alert: SpendAlert, severity: AlertSeverity, view: OrganizationView): string[] {
  const named = alert.notify.flatMap((text) => channelFor(text, view) ?? [])
  const roles = rolesOf(alert, severity)
  const people = [...view.entities.user.values()]
    .filter(
      ({ status, bindings }) =>
        status === 'active' &&
        bindings.some(({ role, scope }) => roles.includes(role) && covers(view, scope, alert.scope)),
    )
    .flatMap(({ email }) => channelFor(email, view) ?? [])
  const found = [...new Set([...named, ...people])]
  return found.length > 0 ? found.sort() : [...view.entities.channel.keys()].sort()
}

/** A review is owed by whoever owns the limit: a notice, and still not one that nobody is told. */
function rolesOf({ rule }: SpendAlert, severity: AlertSeverity): readonly Role[] {
  return rule === 'limit_review' && severity === 'info' ? DEFAULTS.warning.roles : DEFAULTS[severity].roles
}

/** The channel of that id, or that has the address among its settings; else the address itself, by its form. */
function channelFor(text: string, view: OrganizationView): string | undefined {
  if (view.entities.channel.has(text)) return text
  for (const { id, settings } of view.entities.channel.values()) {
    if (Object.values(settings).includes(text)) return id
  }
  if (/^https?:\/\//.test(text)) return `webhook:${text}`
  if (text.startsWith('#')) return `slack:${text}`
  return text.includes('@') ? `email:${text}` : undefined
}
