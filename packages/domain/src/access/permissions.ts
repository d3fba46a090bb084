import type { Role } from './access-entities.ts'

/** What somebody may do. `read` and `write` of an area hold for its entities; the rest are single acts. */
export const PERMISSIONS = [
  'organization.read',
  'organization.write',
  'keys.read',
  'keys.write',
  'keys.stop',
  'people.read',
  'people.write',
  'policies.read',
  'policies.write',
  'credits.read',
  'credits.write',
  'allocations.write',
  'limits.read',
  'limits.write',
  'requests.read',
  'requests.create',
  'requests.answer',
  'incidents.work',
  'alerts.read',
  'alerts.mark',
  'silences.write',
  'routing.write',
  'actions.read',
  'actions.write',
  'blocks.write',
  'audit.read',
] as const
export type Permission = (typeof PERMISSIONS)[number]

const SEES = [
  'organization.read',
  'keys.read',
  'policies.read',
  'credits.read',
  'limits.read',
  'requests.read',
  'alerts.read',
  'actions.read',
] as const satisfies readonly Permission[]

/** Roles of domain.md §8. Who may say yes to which request stands in `requests`: two sides, never the requester. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  viewer: new Set(SEES),
  team_lead: new Set([
    ...SEES,
    'keys.write',
    'keys.stop',
    'limits.write',
    'requests.create',
    'requests.answer',
    'alerts.mark',
    'silences.write',
  ]),
  finance: new Set([
    ...SEES,
    'credits.write',
    'limits.write',
    'requests.create',
    'requests.answer',
    'incidents.work',
    'alerts.mark',
    'audit.read',
  ]),
  engineering_approver: new Set([
    ...SEES,
    'requests.create',
    'requests.answer',
    'incidents.work',
    'alerts.mark',
  ]),
  platform_owner: new Set([
    ...SEES,
    'organization.write',
    'people.read',
    'keys.write',
    'keys.stop',
    'policies.write',
    'limits.write',
    'requests.create',
    'incidents.work',
    'alerts.mark',
    'silences.write',
    'routing.write',
    'actions.write',
    'blocks.write',
    'audit.read',
  ]),
  security: new Set([...SEES, 'people.read', 'keys.stop', 'blocks.write', 'alerts.mark', 'audit.read']),
  admin: new Set(PERMISSIONS),
}

/** What everybody may do about themselves and the keys they hold, without any role. */
export const OWN_PERMISSIONS: ReadonlySet<Permission> = new Set([
  'keys.read',
  'limits.read',
  'requests.read',
  'requests.create',
])
