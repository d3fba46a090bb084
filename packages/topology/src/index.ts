export type { LogRecord, OutputBatch, OutputMessage, RecordHeaders } from './record.ts'
export type { PartitionTask, RestoreSource, TaskDefinition } from './task.ts'
