export { FRAME_BYTES, frame, framedSchemaId } from './avro/framing.ts'
export { decodeSpendRecord, encodeSpendRecord, spendDeltaType } from './avro/spend-record.ts'
export {
  avroCodec,
  avroType,
  meteredUsageCodec,
  schemaText,
  spendStateCodec,
  usageEventCodec,
} from './avro/types.ts'
export type { AvroCodec } from './avro/types.ts'
export { HEADERS } from './headers.ts'
export { murmur2, partitionForKey } from './partition.ts'
export { DEFAULT_SPEND_PARTITIONS, DEFAULT_USAGE_PARTITIONS, MAX_RECORD_BYTES, TOPICS } from './topics.ts'
export type { TopicDefinition } from './topics.ts'
export { mintSecret, proofOf, secretHash, secretMatches, secretPrefix } from './control/key-secret.ts'
export type { SecretProof } from './control/key-secret.ts'
