export type { CommittedPosition, PartitionHandler, PartitionLease } from './partition.ts'
