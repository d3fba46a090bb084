import { gatewayRule } from '@meterline/domain'

import type { ControlClient } from '../control-client.ts'
import type { ActionExecutor } from '../executor.ts'

/** Rate limits and blocks at our own gateway: entries of the control log, which it follows. Their id is the run's. */
export function gatewayExecutor(control: ControlClient): ActionExecutor {
  return {
    async prepare({ run }) {
      const rule = gatewayRule(run)
      const plan =
        rule.kind === 'block'
          ? `blocks ${rule.data.scope}`
          : `limits ${rule.data.scope}${rule.data.environments.length === 0 ? '' : ` (${rule.data.environments.join(', ')})`} to ${rule.data.max_rps} requests a second and key`
      return { plan, undo: { kind: rule.kind, id: rule.id } }
    },
    async perform({ run }) {
      const rule = gatewayRule(run)
      await control.putRule(rule)
      return { result: `${rule.kind} ${rule.id} is in force` }
    },
    async undo({ undo }) {
      const kind = undo['kind'] === 'block' ? 'block' : 'rate_rule'
      await control.removeRule(kind, String(undo['id']))
      return `${kind} ${String(undo['id'])} is lifted`
    },
  }
}
