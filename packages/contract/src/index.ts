export { parseSpendAlert } from './alerts/parse-spend-alert.ts'
export { burnChangeCodec, encodeBurnChange } from './avro/burn-change.ts'
export {
  COMPATIBILITY_LEVELS,
  compatibilityProblems,
  readingProblems,
  strictType,
} from './avro/compatibility.ts'
export type { CompatibilityLevel } from './avro/compatibility.ts'
export { createDatumCheck } from './avro/check-datum.ts'
export { FRAME_BYTES, frame, framedSchemaId, unframed } from './avro/framing.ts'
export { decodeSpendRecord, encodeSpendRecord, spendDeltaType } from './avro/spend-record.ts'
export { layoutIdentity, schemaIdentity } from './avro/schema-identity.ts'
export {
  avroCodec,
  avroType,
  meteredUsageCodec,
  schemaText,
  spendLeaseCodec,
  spendStateCodec,
  usageEventCodec,
} from './avro/types.ts'
export type { AvroCodec } from './avro/types.ts'
export { MAX_BODY_BYTES, MAX_EVENTS_PER_BODY } from './body/event-body.ts'
export type { BodyFault, BodyFaultCode, EventBody, ReadBody } from './body/event-body.ts'
export { parseCloudEvent, USAGE_EVENT_TYPE } from './body/parse-cloud-event.ts'
export { readEventBody } from './body/read-event-body.ts'
export type { RequestBody } from './body/event-body.ts'
export { eventTimeMs } from './json/event-time.ts'
export type { EventProblem, ParsedUsage } from './json/event-problem.ts'
export { parseUsageEvent } from './json/parse-usage-event.ts'
export type { ReceivedUsage } from './json/received-usage.ts'
export { HEADERS } from './headers.ts'
export { murmur2, partitionForKey } from './partition.ts'
export {
  decodeNotification,
  encodeNotification,
  notificationKey,
} from './notifications/notification-record.ts'
export type {
  DeliveryState,
  DisabledChannelRecord,
  NotificationRecord,
} from './notifications/notification-record.ts'
export { decodeGatewayLetter, encodeGatewayLetter } from './reservations/gateway-letter.ts'
export type {
  GatewayLetter,
  HoldingReservations,
  ReservationRelease,
  SettledElsewhere,
} from './reservations/gateway-letter.ts'
export { RegistryError } from './registry/errors.ts'
export type { RegistryErrorCode } from './registry/errors.ts'
export { createRegistryClient } from './registry/registry-client.ts'
export type { RegisteredSchema, RegistryClient } from './registry/registry-client.ts'
export { createSchemaReader } from './registry/schema-reader.ts'
export type { SchemaReader, WriterSchema } from './registry/schema-reader.ts'
export { decodeMeterTally, encodeMeterTally, MAX_TALLY_HOURS } from './tally/meter-tally.ts'
export type { MeterTally, TallyCounts } from './tally/meter-tally.ts'
export { KAFKA_ACCESS } from './kafka-access.ts'
export type { KafkaAccess, NamePattern } from './kafka-access.ts'
export { DEFAULT_SPEND_PARTITIONS, DEFAULT_USAGE_PARTITIONS, MAX_RECORD_BYTES, TOPICS } from './topics.ts'
export type { TopicDefinition } from './topics.ts'
export { mintSecret, proofOf, secretHash, secretMatches, secretPrefix } from './control/key-secret.ts'
export type { SecretProof } from './control/key-secret.ts'
export { controlEventKey, decodeControlEvent, encodeControlEvent } from './control/control-event-json.ts'
export { allocationTerms, termsOf } from './control/allocation-entry.ts'
export { creditAmount, creditsOf, microOf } from './control/file-fields.ts'
export type { FileProblem } from './control/file-problem.ts'
export { organizationDiff } from './control/organization-diff.ts'
export type { EntityChange, FieldChange, FileKind } from './control/organization-diff.ts'
export { organizationEntities } from './control/organization-entities.ts'
export type { DesiredEntities, EntitySet } from './control/organization-entities.ts'
export type { KeyDefinition } from './control/key-entry.ts'
export {
  keptOfUser,
  keptSecretsOf,
  organizationChanges,
  organizationEvents,
} from './control/organization-events.ts'
export type { OrganizationCommand } from './control/organization-events.ts'
export type { OrganizationFile } from './control/organization-file.ts'
export { organizationYaml } from './control/organization-yaml.ts'
export { parseOrganizationFile, placeInFile } from './control/parse-organization-file.ts'
export { issueProblems } from './control/file-problem.ts'
export { publicName } from './control/resources/public-unit.ts'
export type { ParsedOrganizationFile } from './control/parse-organization-file.ts'
export { RESOURCE_LIST, resourceNamed, RESOURCES } from './control/resources/resources.ts'
export type { Resource } from './control/resources/resource.ts'
