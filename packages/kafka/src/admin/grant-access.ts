import type { KafkaAccess, NamePattern } from '@meterline/contract'
import kafkajs from 'kafkajs'
import type { AclEntry } from 'kafkajs'
import type { KafkaClient } from '../connection/client.ts'
import { retryTransient } from '../connection/retry.ts'
import { toKafkaError } from '../errors.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
const DEADLINE_MS = 30_000

/** Allows each user what it needs, and takes nothing away. Safe to run again: Kafka keeps one copy of a rule. */
export async function grantAccess(client: KafkaClient, accesses: readonly KafkaAccess[]): Promise<number> {
  const acl = accesses.flatMap(rulesOf)
  const admin = await client.openAdmin()
  try {
    await retryTransient(() => admin.createAcls({ acl }), {
      doing: 'Creating access rules',
      deadlineMs: Date.now() + DEADLINE_MS,
    })
    return acl.length
  } catch (error) {
    throw toKafkaError(error, 'Creating access rules')
  } finally {
    await admin.disconnect()
  }
}

// Whoever may read or write may describe: Kafka implies it.
function rulesOf(access: KafkaAccess): AclEntry[] {
  const { READ, WRITE, DESCRIBE } = AclOperationTypes
  const { TOPIC, GROUP, TRANSACTIONAL_ID } = AclResourceTypes
  const rule = (
    resourceType: AclEntry['resourceType'],
    operation: AclEntry['operation'],
    { name, prefixed }: NamePattern,
  ): AclEntry => ({
    resourceType,
    resourceName: name,
    resourcePatternType: prefixed ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${access.user}`,
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  })
  const literal = (name: string): NamePattern => ({ name, prefixed: false })
  return [
    ...access.reads.map((name) => rule(TOPIC, READ, literal(name))),
    ...access.writes.map((name) => rule(TOPIC, WRITE, literal(name))),
    ...access.describes.map((name) => rule(TOPIC, DESCRIBE, literal(name))),
    ...access.groups.map((group) => rule(GROUP, READ, group)),
    ...access.describesGroups.map((group) => rule(GROUP, DESCRIBE, group)),
    ...access.transactionalIds.map((id) => rule(TRANSACTIONAL_ID, WRITE, id)),
  ]
}
