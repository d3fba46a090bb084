export { reconcile } from './reconcile.ts'
export type { ReconcileOptions } from './reconcile.ts'
export type { PartitionSpan, Reconciliation, ReconciliationRow } from './reconciliation.ts'
