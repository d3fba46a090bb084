import { expect, it } from 'vitest'
import { clusterSettings, nodeSettings, toProperties } from './settings.ts'

it('replicates as far as there are brokers, and asks for two in-sync replicas of three', () => {
  expect(clusterSettings(1)).toMatchObject({ 'default.replication.factor': '1', 'min.insync.replicas': '1' })
  expect(clusterSettings(3)).toMatchObject({
    'default.replication.factor': '3',
    'min.insync.replicas': '2',
    'transaction.state.log.min.isr': '2',
  })
})

it('listens on loopback only and names every voter', () => {
  const peers = [
    { nodeId: 1, port: 9092, controllerPort: 9093 },
    { nodeId: 2, port: 9094, controllerPort: 9095 },
  ]
  const settings = nodeSettings({ nodeId: 2, port: 9094, controllerPort: 9095 }, peers, '/data')
  expect(settings).toEqual({
    'node.id': '2',
    listeners: 'PLAINTEXT://127.0.0.1:9094,CONTROLLER://127.0.0.1:9095',
    'advertised.listeners': 'PLAINTEXT://127.0.0.1:9094',
    'controller.quorum.voters': '1@127.0.0.1:9093,2@127.0.0.1:9095',
    'log.dirs': '/data',
  })
})

it('writes properties one per line, with backslashes escaped', () => {
  expect(toProperties({ 'log.dirs': String.raw`C:\data`, 'node.id': '1' })).toBe(
    'log.dirs=C:\\\\data\nnode.id=1\n',
  )
})
