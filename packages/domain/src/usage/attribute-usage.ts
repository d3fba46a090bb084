import { canonicalLabelsOf, keyById, keyLabelsOf, REQUIRED_LABELS } from '../organization/api-keys.ts'
import type { ApiKey } from '../organization/organization.ts'
import {
  allocationOfPath,
  type OrganizationPath,
  pathOfKey,
  pathOfProject,
  pathOfTeam,
} from '../organization/organization-path.ts'
import { settingsOf, type SpendView } from '../organization/organization-view.ts'
import { labelFault } from './label-fault.ts'
import type { Attribution, AttributionMethod } from './metered-usage.ts'
import type { Rejection, RejectionReason } from './rejection.ts'
import type { Labels } from './usage-event.ts'

export interface AttributionQuery {
  readonly api_key_id: string
  readonly usage_labels: Labels
  /** The gateway put the labels of the authenticated key on the event: nothing is left to prove (method B). */
  readonly isFromGateway: boolean
  /** Whether the label policies are still to be asked: not for what the gateway let in, nor for a correction. */
  readonly isToBeJudged: boolean
}

export type AttributionResult =
  | { readonly kind: 'attributed'; readonly attribution: Attribution; readonly validUntilMs: number }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }

/**
 * Who pays for an event: by the labels the gateway set (B), by the key's entry in the registry (C), or by the event's own
 * labels where the key says so (A). An attribution holds for events before `validUntilMs`, the key's expiry; for later ones
 * ask `attributeExpired`. What cannot be attributed, or breaks a label policy, is rejected, or counted as `unattributed` where
 * the settings say so.
 */
export function attributeUsage(view: SpendView, query: AttributionQuery): AttributionResult {
  if (query.isFromGateway) return byLabels(view, query.usage_labels, 'gateway')
  const key = keyById(view, query.api_key_id)
  if (key === undefined) {
    return unattributed(
      view,
      'unknown_key',
      `api_key_id ${query.api_key_id} is not registered: add the key, or send with one that is`,
    )
  }
  if (key.status === 'disabled') {
    return unattributed(
      view,
      'disabled_key',
      `api_key_id ${key.id} is disabled: enable it, or send with another`,
    )
  }
  const validUntilMs = key.expires_at_ms ?? Infinity
  const result =
    key.labels_from === 'registry'
      ? byRegistry(view, key, query)
      : byLabels(view, query.usage_labels, 'event_labels')
  if (result.kind === 'rejected') return result
  const refused = query.isToBeJudged ? againstPolicies(view, key, query.usage_labels) : undefined
  return refused ?? { ...result, validUntilMs }
}

/** As the gateway judges: the key's own labels stand over those of the event. */
function againstPolicies(view: SpendView, key: ApiKey, labels: Labels): AttributionResult | undefined {
  if (view.entities.label_policy.size === 0) return undefined
  const ofKey = keyLabelsOf(view, key) ?? {}
  const fault = labelFault(view, { ...labels, ...ofKey }, ofKey)
  return fault === undefined ? undefined : unattributed(view, fault.reason, fault.error)
}

/** The answer for an event at or after the key's expiry. */
export function attributeExpired(view: SpendView, keyId: string): AttributionResult {
  return unattributed(
    view,
    'disabled_key',
    `api_key_id ${keyId} had expired at the time of the call: rotate the key`,
  )
}

function byRegistry(view: SpendView, key: ApiKey, { usage_labels }: AttributionQuery): AttributionResult {
  const path = pathOfKey(view, key)
  if (path === undefined) {
    return unattributed(
      view,
      'unknown_team',
      `project ${key.project} of api_key_id ${key.id}, or its team, is not known: register it`,
    )
  }
  const canonical = canonicalLabelsOf(view, key)
  if (canonical === undefined) {
    return unattributed(
      view,
      'missing_label',
      `api_key_id ${key.id} lacks a cost_center or an environment: complete its entry`,
    )
  }
  for (const [label, value] of Object.entries(canonical)) {
    const stated = usage_labels[label]
    if (stated !== undefined && stated !== value) return contradiction(view, label, stated, value)
  }
  return attributed(view, path, { method: 'key_registry', environment: key.environment })
}

function byLabels(view: SpendView, labels: Labels, method: AttributionMethod): AttributionResult {
  const missing = REQUIRED_LABELS.filter((label) => (labels[label] ?? '') === '')
  if (missing.length > 0) {
    return unattributed(
      view,
      'missing_label',
      `usage_labels lacks ${missing.join(', ')}: set it on the event, or register the key with it`,
    )
  }
  const { team = '', project = '', cost_center = '', environment = '' } = labels
  const ofTeam = pathOfTeam(view, team)
  if (ofTeam === undefined)
    return unattributed(
      view,
      'unknown_team',
      `usage_labels.team ${team} is not registered: add the team, or correct the label`,
    )
  const ofProject = pathOfProject(view, project)
  if (ofProject !== undefined && ofProject.team !== team && method !== 'gateway') {
    return contradiction(view, 'team', team, ofProject.team)
  }
  // A project that nobody registered belongs to the team that names it.
  const path = ofProject?.team === team ? ofProject : { ...ofTeam, project }
  if (path.cost_center !== cost_center && method !== 'gateway') {
    return contradiction(view, 'cost_center', cost_center, path.cost_center)
  }
  return attributed(view, { ...path, cost_center }, { method, environment })
}

function attributed(
  view: SpendView,
  path: OrganizationPath,
  { method, environment }: { readonly method: AttributionMethod; readonly environment: string },
): AttributionResult {
  const allocation_id = allocationOfPath(view, path)?.id ?? null
  const attribution = { ...path, attribution: method, environment, allocation_id }
  return { kind: 'attributed', attribution, validUntilMs: Infinity }
}

function contradiction(
  view: SpendView,
  label: string,
  stated: string,
  registered: string,
): AttributionResult {
  return unattributed(
    view,
    'contradicting_label',
    `usage_labels.${label} is ${stated}, but the registry says ${registered}: correct or drop the label, or change the registry`,
  )
}

function unattributed(view: SpendView, reason: RejectionReason, error: string): AttributionResult {
  const settings = settingsOf(view)
  if (settings?.unattributed !== 'accept')
    return { kind: 'rejected', rejection: { reason, stage: 'attribute', error } }
  const attribution: Attribution = {
    attribution: 'unattributed',
    organization: settings.id,
    billing_group: '',
    department: '',
    team: '',
    project: '',
    environment: '',
    cost_center: '',
    allocation_id: null,
  }
  return { kind: 'attributed', attribution, validUntilMs: Infinity }
}
