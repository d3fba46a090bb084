import type { AlertIdentity, AlertMemory, AlertPolicy, AlertRule } from '@meterline/domain'

import type { RuleFinding } from '../moment.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'

/** What all findings of an alert policy have in common. */
export function policyFinding(
  scope: ScopeBurn,
  policy: AlertPolicy,
  found: Omit<RuleFinding, 'scope' | 'severity' | 'identity' | 'allocation' | 'tier' | 'z' | 'limitMicro'> &
    Partial<Pick<RuleFinding, 'allocation' | 'z' | 'limitMicro'>> & {
      readonly identity: Omit<AlertIdentity, 'episode' | 'scope' | 'allocation_id'>
    },
): RuleFinding {
  const { allocation = null, z = null, limitMicro = null, identity, ...rest } = found
  return {
    ...rest,
    identity: { ...identity, scope: scope.scope, allocation_id: allocation?.id ?? null },
    scope,
    severity: policy.severity,
    notify: policy.notify,
    allocation,
    tier: null,
    z,
    limitMicro,
  }
}

/** The alert of a rule that is firing now, whatever its period is. */
export function firingAlert(
  scope: ScopeBurn,
  { rule, window, about }: { readonly rule: AlertRule; readonly window: string; readonly about?: string },
): AlertMemory | undefined {
  for (const memory of scope.alerts.values()) {
    const { alert } = memory
    if (alert.rule !== rule || alert.window !== window || alert.state !== 'firing') continue
    if (alert.about === about) return memory
  }
  return undefined
}
