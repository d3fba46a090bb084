import type { SpendAlert } from '@meterline/domain'

export interface Delivery {
  readonly id: string
  readonly group: string
  readonly channel: string
  readonly occasion: 'fired' | 'resolved' | 'repeated' | 'escalated' | 'acknowledged'
  readonly alerts: readonly SpendAlert[]
}
