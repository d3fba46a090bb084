import { defaultStackPorts } from '@meterline/local-stack'
import { Command, Option } from 'commander'

import { portNumber, positiveNumber, stateDirOption } from '../commands/options.ts'

export interface UpFlags {
  readonly simulation: boolean
  readonly empty?: boolean
  readonly fresh?: boolean
  readonly stateDir?: string
  readonly replicationFactor?: number
  readonly gatewayPort: number
  readonly registryPort: number
  readonly processorPort: number
  readonly sinkPort: number
  readonly controlPort: number
  readonly notifierPort: number
  readonly kafkaPort: number
  readonly kafkaControllerPort: number
  readonly clickhouseHttpPort: number
  readonly clickhouseNativePort: number
}

export function withUpFlags(command: Command): Command {
  return command
    .option('--no-simulation', 'load the sample organization, send no traffic')
    .option('--empty', 'load nothing at all')
    .option('--fresh', 'forget all data of this installation and begin anew')
    .addOption(stateDirOption())
    .option(
      '--replication-factor <count>',
      'copies of each new topic (default: one per broker, three at most)',
      positiveNumber,
    )
    .addOption(portOption('gateway', 'GATEWAY_PORT', 4100))
    .addOption(portOption('registry', 'REGISTRY_PORT', 8081))
    .addOption(portOption('processor', 'PROCESSOR_PORT', 4110))
    .addOption(portOption('sink', 'SINK_PORT', 4111))
    .addOption(portOption('control', 'CONTROL_PORT', 4120))
    .addOption(portOption('notifier', 'NOTIFIER_PORT', 4121))
    .addOption(portOption('kafka', 'KAFKA_PORT', defaultStackPorts.kafka))
    .addOption(portOption('kafka-controller', 'KAFKA_CONTROLLER_PORT', defaultStackPorts.kafkaController))
    .addOption(portOption('clickhouse-http', 'CLICKHOUSE_HTTP_PORT', defaultStackPorts.clickhouseHttp))
    .addOption(portOption('clickhouse-native', 'CLICKHOUSE_NATIVE_PORT', defaultStackPorts.clickhouseTcp))
}

function portOption(name: string, variable: string, byDefault: number): Option {
  return new Option(`--${name}-port <port>`, `port of ${name.replace('-', ' ')}`)
    .env(variable)
    .argParser(portNumber)
    .default(byDefault)
}
