export { followOrganization } from './follow-organization.ts'
export type { OrganizationLog } from './follow-organization.ts'
export { readOrganization } from './read-organization.ts'
