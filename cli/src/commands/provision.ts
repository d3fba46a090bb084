import { Command } from 'commander'

import { KAFKA_ACCESS } from '@meterline/contract'
import { grantAccess } from '@meterline/kafka'
import { openConnection } from '../connection/connection.ts'
import { driftText } from '../provision/drift-text.ts'
import { provisionClickhouse, provisionSchemas } from '../provision/provision.ts'
import { provisionTopics } from '../provision/topics.ts'
import { jsonOption, positiveNumber, stateDirOption } from './options.ts'

interface ProvisionFlags {
  readonly replicationFactor?: number
  readonly skipSchemas?: boolean
  readonly acls?: boolean
  readonly json?: boolean
  readonly stateDir?: string
}

export function provisionCommand(): Command {
  return new Command('provision')
    .description('create topics, register schemas, migrate ClickHouse; safe to run again')
    .option(
      '--replication-factor <count>',
      'copies of each new topic (default: one per broker, three at most)',
      positiveNumber,
    )
    .option('--acls', 'allow each service what it needs in Kafka; the cluster needs an authorizer')
    .option('--skip-schemas', 'topics and tables only: the registry is not there yet')
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .action(provision)
}

async function provision(flags: ProvisionFlags): Promise<void> {
  const connection = openConnection(flags)
  const kafka = connection.openKafka()
  const clickhouse = connection.openClickhouse()
  try {
    const topics = await provisionTopics(kafka, flags.replicationFactor)
    const rules = flags.acls === true ? await grantAccess(kafka, KAFKA_ACCESS) : 0
    const migrations = await provisionClickhouse(clickhouse, kafka)
    const schemas =
      flags.skipSchemas === true ? [] : await provisionSchemas(connection.need('schema_registry_url'))
    if (flags.json) {
      console.log(JSON.stringify({ topics, access_rules: rules, schemas, migrations }, null, 2))
      return
    }
    console.log(
      `topics      ${topics.created.length} created, ${topics.drift.length} differ from what is wanted`,
    )
    for (const drift of topics.drift) console.log(`              ${driftText(drift)}`)
    if (flags.acls === true) console.log(`access      ${rules} rules for ${KAFKA_ACCESS.length} users`)
    console.log(
      `schemas     ${schemas.map(({ subject, id }) => `${subject} = ${id}`).join(', ') || 'skipped'}`,
    )
    console.log(
      `migrations  ${migrations.applied.length} applied, ${migrations.present.length} there already`,
    )
  } finally {
    await clickhouse.close()
    await kafka.close()
  }
}
