export { CONTROL_ENTITY_KINDS } from './control/control-entities.ts'
export type { ControlEntities, ControlEntityKind } from './control/control-entities.ts'
export { rotateKey, setKeyStatus, statusHindrance } from './organization/decide-key.ts'
export { brokenReference } from './control/check-references.ts'
export type {
  CommandHead,
  ControlChange,
  ControlEvent,
  Decision,
  Refusal,
  Warning,
} from './control/control-event.ts'
export { ROLES } from './access/access-entities.ts'
export type {
  AccessEntities,
  LabelPolicy,
  Role,
  RoleBinding,
  ServiceToken,
  User,
} from './access/access-entities.ts'
export { covers, organizationScope, placesOf, WHOLE_ORGANIZATION } from './access/covers.ts'
export { existingScopes, KIND_ACCESS, mayChange, maySee } from './access/kind-access.ts'
export { entityScopes } from './access/entity-scopes.ts'
export { may, mayEverywhere, maySomewhere, scopesFor } from './access/may.ts'
export type { Principal } from './access/may.ts'
export { OWN_PERMISSIONS, PERMISSIONS, ROLE_PERMISSIONS } from './access/permissions.ts'
export type { Permission } from './access/permissions.ts'
export { ACTION_TYPES } from './actions/action-entities.ts'
export type {
  ActionEntities,
  ActionParams,
  ActionPolicy,
  ActionRun,
  ActionState,
  ActionTarget,
  ActionType,
} from './actions/action-entities.ts'
export { gatewayRule } from './actions/gateway-rule.ts'
export type { GatewayRule } from './actions/gateway-rule.ts'
export { cheaperRelatives } from './actions/model-families.ts'
export { actionRunId, isUnplanned, planActions, policyFor, targetOf } from './actions/plan-actions.ts'
export { suggestModels } from './actions/suggest-model.ts'
export type { ModelSuggestion, ModelUse } from './actions/suggest-model.ts'
export { runsToTakeBack } from './actions/take-back.ts'
export { suggestionText, ticketText } from './actions/ticket-text.ts'
export type { TicketText } from './actions/ticket-text.ts'
export type {
  AlertEntities,
  AlertMark,
  AlertMatch,
  AlertPolicy,
  AlertRoute,
  Channel,
  ChannelType,
  Release,
  Silence,
} from './alerts/alert-entities.ts'
export { LEDGER_ENTRY_KINDS } from './ledger/ledger-entities.ts'
export type {
  AllocationPeriod,
  ConversionRate,
  GlMapping,
  Grant,
  LedgerAccount,
  LedgerEntities,
  LedgerEntry,
  LedgerEntryKind,
  Pool,
  Posting,
} from './ledger/ledger-entities.ts'
export { refuse } from './control/refuse.ts'
export { OUTSIDE } from './ledger/accounts.ts'
export { adjustClosed } from './ledger/adjust-closed.ts'
export { fundedAllocations } from './ledger/allocation-tree.ts'
export type { FundedAllocation } from './ledger/allocation-tree.ts'
export { balanceOf } from './ledger/balance-of.ts'
export type { AllocationBalance } from './ledger/balance-of.ts'
export { correctEntry } from './ledger/correct-entry.ts'
export { correctSpend } from './ledger/correct-spend.ts'
export type { SpendCorrection } from './ledger/correct-spend.ts'
export { expireGrants } from './ledger/expire-grants.ts'
export { grantCredits } from './ledger/grant-credits.ts'
export { splitByWeights } from './ledger/largest-remainder.ts'
export { Ledger } from './ledger/ledger.ts'
export { CLOSE_WAIT_MS, rollPeriod } from './ledger/roll-period.ts'
export { foldSpendState, monthSpendMicro } from './ledger/spend-totals.ts'
export type { ScopeSpend, SpendTotals } from './ledger/spend-totals.ts'
export { allocationProblem, allocationProblems } from './limits/check-allocations.ts'
export { limitProblem } from './limits/check-limit.ts'
export { unknownModels } from './limits/unknown-models.ts'
export { changesOf, proposeAllocations } from './limits/propose-allocations.ts'
export type {
  AllocationMethod,
  AllocationProposal,
  ProposedAllocation,
} from './limits/propose-allocations.ts'
export {
  changedTerms,
  onStandingTerms,
  onTerms,
  scopeTaken,
  standingTermsProblem,
} from './requests/allocation-terms.ts'
export type { AllocationAsk } from './requests/allocation-terms.ts'
export { askForAllocations } from './requests/ask-for-allocations.ts'
export type { WaitingRequest } from './requests/ask-for-allocations.ts'
export { approversOf, sidesMissing, sidesNeeded, sidesOf } from './requests/approver-sides.ts'
export { holdBack } from './requests/hold-back.ts'
export { viewWith } from './organization/view-with.ts'
export { approveRequest } from './requests/approve-request.ts'
export type { ApprovalInput } from './requests/approve-request.ts'
export { declineRequest, withdrawRequest } from './requests/close-request.ts'
export { dueChanges } from './requests/due-changes.ts'
export {
  incidentId,
  noteIncident,
  followHardCap,
  resolveIncident,
  stateCriticality,
  writePostMortem,
} from './requests/incidents.ts'
export { ANSWER_WITHIN_MS, submitRequest } from './requests/submit-request.ts'
export type { RequestInput } from './requests/submit-request.ts'
export { monthAt, monthNumber, monthStartMs, nextMonth, previousMonth } from './ledger/month.ts'
export type { Month } from './ledger/month.ts'
export { baseLimitMicro, capsOf, periodLimitMicro } from './ledger/period-limit.ts'
export { shareOf } from './ledger/share-of.ts'
export { monthLimitMicro } from './budgets/month-limit.ts'
export type { BudgetedAllocation } from './spend/budget-policy.ts'
export { effectiveLimits } from './limits/effective-limits.ts'
export type { EffectiveLimit, LimitSubject } from './limits/effective-limits.ts'
export { reportingCalendar } from './organization/reporting-calendar.ts'
export type { Block, Limit, LimitEntities, ModelPolicy, RateRule } from './limits/limit-entities.ts'
export type {
  AllocationTerms,
  Approval,
  ApprovalSide,
  CreditRequest,
  Incident,
  IncidentState,
  RequestEntities,
  RequestKind,
  RequestState,
} from './requests/request-entities.ts'
export type {
  AlertTier,
  Allocation,
  ApiKey,
  BillingGroup,
  Department,
  KeptSecret,
  OrganizationEntities,
  OrganizationSettings,
  Project,
  Team,
} from './organization/organization.ts'
export {
  canonicalLabelsOf,
  keyById,
  keyLabelsOf,
  keptSecretOf,
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
export {
  createOrganizationView,
  createViewOf,
  foldControlEvent,
  METERING_KINDS,
  settingsOf,
  SPEND_KINDS,
} from './organization/organization-view.ts'
export type {
  OrganizationView,
  OrganizationViewOf,
  SpendKind,
  SpendView,
} from './organization/organization-view.ts'
export { creditsMicroOf, roundedQuotient, usdMicroOf } from './rates/credits.ts'
export { DEFAULT_RATE_CARD } from './rates/default-rate-card.ts'
export { rateBookOf } from './rates/rate-book-of.ts'
export { applicableEntry, RateBook } from './rates/rate-book.ts'
export type { CardEntry, RateQuery } from './rates/rate-book.ts'
export { MAX_EVENT_CREDITS_MICRO, rateUsage, rateWith, STANDARD_TIER, tierOf } from './rates/rate-usage.ts'
export type { RatingResult } from './rates/rate-usage.ts'
export { isSplitOff, splitUnits, totalOf } from './rates/split-units.ts'
export type { RateCard, RateEntry } from './rates/rate-card.ts'
export { SCOPE_KINDS, scopeId, scopeKind } from './scope/scope.ts'
export type { ScopeId, ScopeKind } from './scope/scope.ts'
export { attributeExpired, attributeUsage } from './usage/attribute-usage.ts'
export type { AttributionQuery, AttributionResult } from './usage/attribute-usage.ts'
export { isVoid, partitionKeyOf, replacementEvent, reversalOf } from './usage/correct-usage.ts'
export { labelFault, mayHaveLabels } from './usage/label-fault.ts'
export type { LabelFault } from './usage/label-fault.ts'
export { ATTRIBUTION_METHODS, CORRECTION_ROLES } from './usage/metered-usage.ts'
export type {
  Attribution,
  AttributionMethod,
  CorrectionRole,
  MeteredUsage,
  Rating,
} from './usage/metered-usage.ts'
export { REJECTION_REASONS, REJECTION_STAGES } from './usage/rejection.ts'
export type { Rejection, RejectionReason, RejectionStage } from './usage/rejection.ts'
export { OPERATION_TYPES } from './usage/usage-event.ts'
export { timestampProblem, USAGE_BOUNDS, validateUsage } from './usage/validate-usage.ts'
export type { Labels, OperationType, Units, UsageEvent } from './usage/usage-event.ts'
export type {
  Driver,
  DriverDimension,
  PolicyRecord,
  RejectedUsage,
  SpendDelta,
  SpendRecord,
  Tick,
} from './spend/spend-delta.ts'
export { WINDOWS } from './spend/spend-state.ts'
export type { BudgetStateName, SpendState, WindowName } from './spend/spend-state.ts'
export type { BudgetPolicy, GrantBalance, LimitBoost } from './spend/budget-policy.ts'
export type { BurnChange, BurnChangeKind } from './spend/burn-change.ts'
export { DriverPanes, DRIVER_SPANS, topDrivers } from './spend/driver-panes.ts'
export type { DriverSpan } from './spend/driver-panes.ts'
export { scopeCondition, sqlText } from './scope/scope-column.ts'
export { createCalendar, dayName, monthName } from './windows/calendar.ts'
export type { Calendar } from './windows/calendar.ts'
export { BurnWindows, HOUR_MS, MINUTE_MS, SECOND_MS } from './windows/burn-windows.ts'
export { DAY_RETENTION, DayTotals, HISTORY_LOOKBACK_DAYS } from './windows/day-totals.ts'
export { DEFAULT_ANOMALY_POLICY } from './scores/anomaly-policy.ts'
export type { AnomalyPolicy } from './scores/anomaly-policy.ts'
export { backtestSeries } from './scores/backtest.ts'
export type { BacktestRow } from './scores/backtest.ts'
export { BASELINE_DAYS, dailyBaseline, dailyZ } from './scores/daily-z.ts'
export type { DailyBaseline, DailyZ } from './scores/daily-z.ts'
export { dailyZSql } from './scores/daily-z-sql.ts'
export type { DailyZQuery } from './scores/daily-z-sql.ts'
export { createSeasonalDetector } from './scores/seasonal-detector.ts'
export type {
  Observation,
  SeasonalDetector,
  SeasonalPolicy,
  SeasonalScore,
} from './scores/seasonal-detector.ts'
export { monthPositionFactor } from './scores/month-position.ts'
export { DEFAULT_SILENCE_POLICY, SilenceWatch } from './scores/silence-watch.ts'
export type { SilencePolicy, SilenceStanding } from './scores/silence-watch.ts'
export { weeklyRise } from './scores/weekly-rise.ts'
export type { WeeklyRise } from './scores/weekly-rise.ts'
export { createSpendDetector, PANE_GRACE_MS, SEASONAL_PANES } from './scores/spend-detector.ts'
export type { SeasonalPane } from './scores/spend-detector.ts'
export { checkMonthOverMonth, checkTier, TIER_HYSTERESIS } from './budgets/check-tier.ts'
export type { TierStanding } from './budgets/check-tier.ts'
export { DEFAULT_TIERS } from './budgets/default-tiers.ts'
export { periodBaseline, periodSpend } from './budgets/period-spend.ts'
export type { PeriodBaseline, PeriodSpend } from './budgets/period-spend.ts'
export { alertId } from './alerts/alert-id.ts'
export type { AlertIdentity } from './alerts/alert-id.ts'
export {
  SPEND_ALERT_CONTENT_TYPE,
  SPEND_ALERT_SOURCE,
  SPEND_ALERT_TYPE,
  spendAlertEvent,
  spendAlertJson,
} from './alerts/alert-event.ts'
export type { SpendAlertEvent } from './alerts/alert-event.ts'
export { alertUnderNewPolicy, isNews, nextAlert, resolveAlert } from './alerts/alert-lifecycle.ts'
export type { AlertContent, AlertMemory, Finding } from './alerts/alert-lifecycle.ts'
export { createAlertBook, MAX_BOOK_ALERTS } from './alerts/book/alert-book.ts'
export type { AlertBook } from './alerts/book/alert-book.ts'
export { routesOf } from './alerts/book/alert-routes.ts'
export type { AlertStanding } from './alerts/book/alert-standing.ts'
export type { KeptAlert } from './alerts/book/kept-alerts.ts'
export { createDelivery, MAX_ALERTS_PER_DELIVERY } from './alerts/book/delivery.ts'
export type { Delivery, DeliveryOccasion, DeliveryRecord } from './alerts/book/delivery.ts'
export { ESCALATE_AFTER_MS } from './alerts/book/due-occasions.ts'
export { backtestRule } from './alerts/backtest/backtest-rule.ts'
export type { BacktestFiring, BacktestInput } from './alerts/backtest/backtest-rule.ts'
export {
  HISTORY_PANE_MS,
  historyPane,
  MAX_HISTORY_PANES,
  spendHistorySql,
} from './alerts/backtest/spend-history.ts'
export type { HistoryPane, HistoryQuery } from './alerts/backtest/spend-history.ts'
export { AlertPolicies, numberParam, windowParam } from './alerts/rules/alert-policies.ts'
export { alertPolicyProblem } from './alerts/rules/alert-policy-problem.ts'
export { burnRate } from './alerts/rules/burn-rate.ts'
export type { BudgetPace, BurnRate } from './alerts/rules/burn-rate.ts'
export { DEFAULT_ALERT_POLICIES } from './alerts/rules/default-policies.ts'
export { expiringGrants } from './alerts/rules/expiring-grants.ts'
export { grantExpiring } from './alerts/rules/grant-expiring.ts'
export { limitReached } from './alerts/rules/limit-reached.ts'
export { ScopeLimits } from './alerts/rules/limits-of-scope.ts'
export type { LimitReview, ScopeLimit } from './alerts/rules/limits-of-scope.ts'
export { regularMicro } from './alerts/rules/regular-spend.ts'
export { isPolicyRule, RULE_PARAMS } from './alerts/rules/rule-params.ts'
export type { PolicyRule } from './alerts/rules/rule-params.ts'
export { RequestRun } from './alerts/rules/request-run.ts'
export { windowMs } from './alerts/rules/window-ms.ts'
export { evidenceSql } from './alerts/evidence-sql.ts'
export type { EvidenceSpan } from './alerts/evidence-sql.ts'
export { ALERT_RULES } from './alerts/spend-alert.ts'
export type { AlertRule, AlertSeverity, AlertState, ResolveReason, SpendAlert } from './alerts/spend-alert.ts'
export { deltaPaneStart } from './windows/delta-pane.ts'
export { sumWeight } from './windows/sum-weight.ts'
export { daysToExhaustion } from './forecast/exhaustion.ts'
export { forecastMonth } from './forecast/month-forecast.ts'
export type { MonthForecast, ReleaseAdjustment } from './forecast/month-forecast.ts'
export { rollingForecast } from './forecast/rolling-forecast.ts'
export type { ForecastDay } from './forecast/rolling-forecast.ts'
export { forecastScenarios } from './forecast/scenarios.ts'
export type { Scenario } from './forecast/scenarios.ts'
export { stressTest } from './forecast/stress-test.ts'
export type { StressResult } from './forecast/stress-test.ts'
export { HeldAccount } from './leases/held-account.ts'
export { LeaseBook } from './leases/lease-book.ts'
export type { LeaseChange, OwnerStanding } from './leases/lease-book.ts'
export { LEASE_REFUSALS } from './leases/lease-records.ts'
export type {
  LeaseAnswer,
  LeaseCap,
  LeaseRefusal,
  LeaseReport,
  LeaseRequest,
  LeaseReturn,
} from './leases/lease-records.ts'
export { leaseRequest, LeaseSlice } from './leases/lease-slice.ts'
export type { OwnerWord } from './leases/lease-slice.ts'
export { LEASE_TIMES } from './leases/lease-times.ts'
export { outstandingMicro } from './leases/owned-account.ts'
export type { LeaseTick, OwnedAccount } from './leases/owned-account.ts'
export { blockFor, modelRefusal, rateRuleFor } from './limits/access-rules.ts'
export type { ModelRefusal, RuleSubject } from './limits/access-rules.ts'
