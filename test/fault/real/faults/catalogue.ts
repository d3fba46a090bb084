import { addedPartitions } from './added-partitions.ts'
import { clickhouseDown, freezeClickhouse, killClickhouse } from './clickhouse-away.ts'
import { diskFull } from './disk-full.ts'
import type { Fault } from './fault.ts'
import { freezeService } from './freeze-service.ts'
import { frozenRegistry } from './frozen-registry.ts'
import { killBroker } from './kill-broker.ts'
import { killService } from './kill-service.ts'
import { killTwoBrokers } from './kill-two-brokers.ts'
import { oversizedRecord } from './oversized-record.ts'
import { poisonRecords } from './poison-records.ts'
import { restartBrokers } from './restart-brokers.ts'
import { secondWriter } from './second-writer.ts'
import { unknownSchema } from './unknown-schema.ts'

/** Every fault that the suite knows. */
export const CATALOGUE: readonly Fault[] = [
  killService('registry'),
  killService('gateway'),
  killService('processor'),
  killService('sink'),
  freezeService('gateway'),
  freezeService('processor'),
  freezeService('sink'),
  frozenRegistry,
  killBroker,
  killTwoBrokers,
  restartBrokers,
  killClickhouse,
  clickhouseDown,
  freezeClickhouse,
  diskFull,
  secondWriter,
  addedPartitions,
  poisonRecords,
  oversizedRecord,
  unknownSchema,
]
