import {
  controlEventKey,
  encodeControlEvent,
  mintSecret,
  organizationDiff,
  organizationEntities,
  organizationEvents,
  proofOf,
  TOPICS,
} from '@meterline/contract'
import type { DesiredEntities, EntityChange, OrganizationFile, SecretProof } from '@meterline/contract'
import { openFencedLogWriter } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { CliError } from '../../cli/src/cli-error.ts'
import type { KeyCredential } from '../../cli/src/connection/credentials-file.ts'
import { readOrganization } from '@meterline/control-log'

export interface AppliedOrganization {
  readonly organizationId: string
  readonly reportingTimeZone: string
  readonly changes: readonly EntityChange[]
  /** Secrets made now. They are nowhere else: whoever loses them needs a new key. */
  readonly newKeys: readonly KeyCredential[]
}

export interface ApplyOptions {
  readonly file: OrganizationFile
  readonly dryRun: boolean
  readonly actor: string
  /** Secrets that exist already, for keys that the log does not know yet. */
  readonly knownSecrets: ReadonlyMap<string, string>
}

/** Brings the control log to what the file says, in one transaction of its one writer. */
export async function applyOrganization(
  kafka: KafkaClient,
  options: ApplyOptions,
): Promise<AppliedOrganization> {
  const { file, dryRun, actor, knownSecrets } = options
  const desired = organizationEntities(file)
  const result = (
    changes: readonly EntityChange[],
    newKeys: readonly KeyCredential[],
  ): AppliedOrganization => ({
    organizationId: file.organization.id,
    reportingTimeZone: file.organization.reporting_time_zone,
    changes,
    newKeys,
  })
  if (dryRun) return result(organizationDiff(desired, (await readOrganization(kafka)).entities), [])

  // Fence first, then read: an append of another writer after our reading would be lost in the diff.
  const writer = await openFencedLogWriter(kafka, {
    transactionalId: 'control',
    topic: TOPICS.controlLog.name,
  })
  try {
    const current = (await readOrganization(kafka)).entities
    const changes = organizationDiff(desired, current)
    const secrets = newSecrets(desired, knownSecrets)
    const command = { commandId: randomUUID(), atMs: Date.now(), actor, proofFor: secrets.proofFor }
    const events = organizationEvents(changes, { desired, current }, command)
    const messages = events.map((event) => ({
      key: controlEventKey(event),
      value: encodeControlEvent(event),
    }))
    if (messages.length > 0) {
      await writer.append(messages)
      await readBack(kafka, desired)
    }
    return result(changes, secrets.made())
  } finally {
    await writer.close()
  }
}

const READ_BACK_DEADLINE_MS = 10_000
const READ_BACK_PAUSE_MS = 20

/** A commit is answered before its marker stands in the log: done is when any reader sees it. */
async function readBack(kafka: KafkaClient, desired: DesiredEntities): Promise<void> {
  const deadlineMs = Date.now() + READ_BACK_DEADLINE_MS
  while (organizationDiff(desired, (await readOrganization(kafka)).entities).length > 0) {
    if (Date.now() > deadlineMs) {
      throw new CliError(
        'the changes were written but cannot be read back: run apply again and see what is left',
      )
    }
    await sleep(READ_BACK_PAUSE_MS)
  }
}

function newSecrets(desired: DesiredEntities, known: ReadonlyMap<string, string>) {
  const made: KeyCredential[] = []
  return {
    made: () => made,
    proofFor: (keyId: string): SecretProof => {
      const given = known.get(keyId)
      const { secret, proof } = given === undefined ? mintSecret() : { secret: given, proof: proofOf(given) }
      made.push({
        id: keyId,
        secret,
        team: teamOf(desired, keyId),
        environment: environmentOf(desired, keyId),
      })
      return proof
    },
  }
}

function teamOf(desired: DesiredEntities, keyId: string): string {
  return desired.project.get(desired.api_key.get(keyId)?.project ?? '')?.team ?? ''
}

function environmentOf(desired: DesiredEntities, keyId: string): string {
  return desired.api_key.get(keyId)?.environment ?? ''
}
