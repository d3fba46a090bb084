import { parseUsageEvent } from '@meterline/contract'
import { Command, Option } from 'commander'
import { randomUUID } from 'node:crypto'

import { CliError, EXIT, usageError } from '../cli-error.ts'
import { openConnection } from '../connection/connection.ts'
import type { Connection } from '../connection/connection.ts'
import { countText } from '../output/format.ts'
import type { DeliveryReport } from '../send/delivery.ts'
import { createGatewayClient } from '../send/gateway-client.ts'
import { secretOf } from '../send/http-delivery.ts'
import { openDelivery } from '../send/open-delivery.ts'
import type { Via } from '../send/open-delivery.ts'
import { readEvents } from '../send/read-events.ts'
import { jsonOption, stateDirOption, wholeNumber } from './options.ts'

const BATCH_EVENTS = 1_000
/** A person waits for the answer. */
const GIVE_UP_AFTER_MS = 5_000

interface SendFlags {
  readonly key?: string
  readonly via: Via
  readonly provider: string
  readonly model: string
  readonly input: number
  readonly output: number
  readonly json?: boolean
  readonly stateDir?: string
}

export function sendCommand(): Command {
  return new Command('send')
    .description('send one event made here, or those of a file (JSON object, array, or one object a line)')
    .argument('[file]', 'events as JSON; "-" for standard input')
    .option('--key <id>', 'the key to send with (default: the first in credentials.json)')
    .addOption(new Option('--via <way>', 'the way in').choices(['http', 'kafka']).default('http'))
    .option('--provider <name>', 'of the event made here', 'openai')
    .option('--model <name>', 'of the event made here', 'gpt-5-mini')
    .option('--input <tokens>', 'of the event made here', wholeNumber, 1_500)
    .option('--output <tokens>', 'of the event made here', wholeNumber, 300)
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addHelpText(
      'after',
      '\nExample:\n  $ npx meterline send --key key_payments_prod_1 --model gpt-5 --output 900',
    )
    .action(send)
}

async function send(file: string | undefined, flags: SendFlags): Promise<void> {
  const events = file === undefined ? [eventMadeHere(flags)] : await readEvents(file)
  if (events.length === 0) throw usageError(`${file ?? ''} holds no event`)
  const connection = openConnection(flags)
  const keyId = flags.key ?? connection.need('keys')[0]?.id
  if (keyId === undefined) throw usageError('no key known: give --key, or apply an organization first')
  const report =
    flags.via === 'http'
      ? await sendOverHttp(connection, keyId, events)
      : await sendOverKafka(connection, keyId, events)
  console.log(flags.json ? JSON.stringify(report, null, 2) : reportText(report, keyId))
  if (report.refused.length > 0) process.exitCode = EXIT.failed
}

async function sendOverHttp(
  connection: Connection,
  keyId: string,
  events: readonly unknown[],
): Promise<DeliveryReport> {
  const secret = secretOf(new Map(connection.need('keys').map((key) => [key.id, key.secret])), keyId)
  const client = createGatewayClient({
    url: connection.need('gateway_url'),
    giveUpAfterMs: GIVE_UP_AFTER_MS,
  })
  const reports: DeliveryReport[] = []
  for (let at = 0; at < events.length; at += BATCH_EVENTS) {
    reports.push(await client.post(secret, events.slice(at, at + BATCH_EVENTS)))
  }
  return {
    accepted: reports.reduce((sum, { accepted }) => sum + accepted, 0),
    refused: reports.flatMap(({ refused }) => refused),
  }
}

async function sendOverKafka(
  connection: Connection,
  keyId: string,
  events: readonly unknown[],
): Promise<DeliveryReport> {
  const items = events.map((value, index) => {
    const parsed = parseUsageEvent(value)
    if (!parsed.ok) throw new CliError(`event ${index + 1}: ${parsed.problem.message}; nothing was sent`)
    const event = { ...parsed.usage, api_key_id: parsed.usage.api_key_id ?? keyId }
    return { kind: 'event', event, role: 'first' } as const
  })
  const delivery = await openDelivery(connection, 'kafka')
  try {
    for (let at = 0; at < items.length; at += BATCH_EVENTS)
      await delivery.send(items.slice(at, at + BATCH_EVENTS))
    return { accepted: items.length, refused: [] }
  } finally {
    await delivery.close()
  }
}

function eventMadeHere({ provider, model, input, output }: SendFlags): unknown {
  return {
    request_id: `cli_${randomUUID()}`,
    timestamp: Date.now(),
    provider,
    model_name: model,
    operation_type: 'completion',
    units: { tokens_input: input, tokens_output: output },
    endpoint: 'cli.send',
  }
}

function reportText({ accepted, refused }: DeliveryReport, keyId: string): string {
  const lines = refused.map(
    ({ request_id, code, message }) => `  ${request_id ?? 'no request_id'}: ${message} (${code})`,
  )
  return [
    `accepted ${countText(accepted)}, refused ${countText(refused.length)} (key ${keyId})`,
    ...lines,
  ].join('\n')
}
