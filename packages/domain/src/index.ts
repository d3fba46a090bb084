export type {
  AlertTier,
  Allocation,
  ApiKey,
  BillingGroup,
  ControlEntities,
  ControlEntityKind,
  ControlEvent,
  Department,
  OrganizationSettings,
  Project,
  Team,
} from './organization/organization.ts'
export {
  canonicalLabelsOf,
  keyById,
  keyBySecretPrefix,
  keyIsActive,
  REQUIRED_LABELS,
} from './organization/api-keys.ts'
export type { RequiredLabel } from './organization/api-keys.ts'
export { budgetPolicyOf } from './organization/budget-policy-of.ts'
export {
  allocationOfPath,
  pathOfKey,
  pathOfProject,
  pathOfTeam,
  scopesOfPath,
} from './organization/organization-path.ts'
export type { OrganizationPath } from './organization/organization-path.ts'
export { createOrganizationView, foldControlEvent, settingsOf } from './organization/organization-view.ts'
export type { OrganizationView } from './organization/organization-view.ts'
export { creditsMicroOf, roundedQuotient, usdMicroOf } from './rates/credits.ts'
export { DEFAULT_RATE_CARD } from './rates/default-rate-card.ts'
export { rateBookOf } from './rates/rate-book-of.ts'
export { applicableEntry, RateBook } from './rates/rate-book.ts'
export type { CardEntry, RateQuery } from './rates/rate-book.ts'
export { rateUsage, rateWith, STANDARD_TIER, tierOf } from './rates/rate-usage.ts'
export type { RatingResult } from './rates/rate-usage.ts'
export type { RateCard, RateEntry } from './rates/rate-card.ts'
export { SCOPE_KINDS, scopeId, scopeKind } from './scope/scope.ts'
export type { ScopeId, ScopeKind } from './scope/scope.ts'
export { ATTRIBUTION_METHODS } from './usage/metered-usage.ts'
export type { Attribution, AttributionMethod, MeteredUsage, Rating } from './usage/metered-usage.ts'
export { REJECTION_REASONS, REJECTION_STAGES } from './usage/rejection.ts'
export type { Rejection, RejectionReason, RejectionStage } from './usage/rejection.ts'
export { OPERATION_TYPES } from './usage/usage-event.ts'
export { timestampProblem, USAGE_BOUNDS, validateUsage } from './usage/validate-usage.ts'
export type { Labels, OperationType, Units, UsageEvent } from './usage/usage-event.ts'
export type { AlertSeverity, AlertState, SpendAlert } from './alerts/spend-alert.ts'
export type { BudgetPolicy } from './spend/budget-policy.ts'
export type {
  Driver,
  DriverDimension,
  PolicyRecord,
  SpendDelta,
  SpendRecord,
  Tick,
} from './spend/spend-delta.ts'
export { WINDOWS } from './spend/spend-state.ts'
export type { BudgetStateName, SpendState, WindowName } from './spend/spend-state.ts'
