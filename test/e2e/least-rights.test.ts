import { TOPICS } from '@meterline/contract'
import { createKafkaClient, createLogWriter, openFencedLogWriter, readLog } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

import { eventually } from '../support/meterline.ts'
import { startSecuredMeterline } from '../support/secured/secured-meterline.ts'
import type { SecuredMeterline } from '../support/secured/secured-meterline.ts'

let meterline: SecuredMeterline
const clients: KafkaClient[] = []

beforeAll(async () => {
  meterline = await startSecuredMeterline()
  await meterline.cli('provision', '--acls', '--skip-schemas')
  await meterline.start('registry', 'registry')
  await meterline.cli('provision', '--acls')
  await Promise.all(
    ['control', 'gateway', 'processor', 'sink', 'notifier'].map((service) =>
      meterline.start(service, service),
    ),
  )
})
afterAll(() => meterline?.stop())
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})

function clientOf(user: string, password?: string): KafkaClient {
  const environment = meterline.environmentOf(user)
  const client = createKafkaClient({
    brokers: [meterline.saslBroker],
    clientId: `test-${user}`,
    sasl: {
      mechanism: 'scram-sha-512',
      username: user,
      password: password ?? environment['KAFKA_SASL_PASSWORD'] ?? '',
    },
  })
  clients.push(client)
  return client
}

test('with an account of its own for each service, usage goes from the gateway to its row', async () => {
  await meterline.cli('apply', '-f', 'examples/organization.yaml')
  const sent = await eventually(
    async () =>
      fetch(`${meterline.gatewayUrl}/v1/events`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${meterline.environmentOf('gateway')['METERLINE_ADMIN_TOKEN']}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          request_id: 'least-rights-1',
          timestamp: Date.now(),
          api_key_id: 'key_payments_prod_1',
          provider: 'openai',
          model_name: 'gpt-5-mini',
          operation_type: 'completion',
          units: { tokens_input: 1_000, tokens_output: 100 },
        }),
      }),
    ({ status }) => status === 202,
  )
  expect(sent.status).toBe(202)
  await eventually(
    () =>
      meterline.cli(
        'sql',
        '--format',
        'csv',
        "SELECT count() FROM usage WHERE request_id = 'least-rights-1'",
      ),
    (answer) => /^1$/m.test(answer),
  )
  // The audit trail came through the sink's account, too.
  expect(
    await meterline.cli('sql', '--format', 'csv', "SELECT count() > 5 FROM audit WHERE kind = 'api_key'"),
  ).toMatch(/^(1|true)$/m)
})

test.each([
  ['producer', TOPICS.usageMetered.name],
  ['gateway', TOPICS.usageMetered.name],
  ['gateway', TOPICS.controlLog.name],
  ['sink', TOPICS.spendAlert.name],
  ['control', TOPICS.spendAlert.name],
  ['notifier', TOPICS.controlLog.name],
  ['registry', TOPICS.usageEvents.name],
])('%s may not write to %s', async (user, topic) => {
  const writer = createLogWriter(clientOf(user))
  await expect(
    writer.send([{ topic, partition: 0, messages: [{ key: 'k', value: Buffer.from('v') }] }]),
  ).rejects.toThrow(/TOPIC_AUTHORIZATION_FAILED/)
  await writer.close()
})

test.each([
  ['producer', TOPICS.usageEvents.name],
  ['producer', TOPICS.controlLog.name],
  ['gateway', TOPICS.usageMetered.name],
  ['registry', TOPICS.spendState.name],
])('%s may not read %s', async (user, topic) => {
  const read = async (): Promise<void> => {
    const client = clientOf(user)
    // Whoever may write may know where a log ends: only one that holds something has to be read.
    for (let partition = 0; partition < 8; partition++) {
      for await (const _ of readLog(client, { topic, partition, to: 'end' })) return
    }
  }
  await expect(read()).rejects.toThrow(/TOPIC_AUTHORIZATION_FAILED/)
})

test('nobody but control may write as control, whatever the topic', async () => {
  await expect(
    openFencedLogWriter(clientOf('sink'), { transactionalId: 'control', topic: TOPICS.usageRejected.name }),
  ).rejects.toThrow(/TRANSACTIONAL_ID_AUTHORIZATION_FAILED/)
})

test('a wrong password does not get in', async () => {
  await expect(clientOf('gateway', 'wrong').openAdmin()).rejects.toThrow(/SASL/)
})
