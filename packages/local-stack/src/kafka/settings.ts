/** A broker's settings, by the names of Kafka's own configuration. */
export type KafkaSettings = Readonly<Record<string, string>>

/** The same for the embedded broker and the container; what differs between them is in `nodeSettings`. */
export function clusterSettings(nodes: number): KafkaSettings {
  const replicas = String(Math.min(nodes, 3))
  const minInSync = nodes >= 3 ? '2' : '1'
  return {
    'process.roles': 'broker,controller',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'default.replication.factor': replicas,
    'min.insync.replicas': minInSync,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minInSync,
    // A handful of groups and transactional ids: fifty partitions each would only slow the start and the take-over.
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.num.partitions': '4',
    // Ten years: a group that was away for a week has to find its positions again. A lost one halts its partition.
    'offsets.retention.minutes': '5256000',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minInSync,
    // After a crash the controller lets a broker in again only when its former session has run out; a lone broker is
    // away for exactly as long. Among several, the usual patience, lest a busy machine moves leaders about.
    'broker.session.timeout.ms': nodes === 1 ? '3000' : '9000',
    'broker.heartbeat.interval.ms': nodes === 1 ? '500' : '2000',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    // Topics are data (contract/topics.ts): a misspelt name must fail, not appear.
    'auto.create.topics.enable': 'false',
    'unclean.leader.election.enable': 'false',
    // Two cores are shared with everything else.
    'num.network.threads': '2',
    'num.io.threads': '4',
    'num.recovery.threads.per.data.dir': '1',
    'log.cleaner.threads': '1',
    // Compaction buffer; the default of 128 MiB is a third of the heap.
    'log.cleaner.dedupe.buffer.size': '16777216',
    'log.segment.bytes': '268435456',
  }
}

export interface KafkaNode {
  readonly nodeId: number
  readonly port: number
  readonly controllerPort: number
}

/** What is particular to one embedded broker: its ports, its folder, its peers. Everything is on loopback. */
export function nodeSettings(node: KafkaNode, peers: readonly KafkaNode[], dataDir: string): KafkaSettings {
  return {
    'node.id': String(node.nodeId),
    listeners: `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.port}`,
    'controller.quorum.voters': peers
      .map((peer) => `${peer.nodeId}@127.0.0.1:${peer.controllerPort}`)
      .join(','),
    'log.dirs': dataDir,
  }
}

export function toProperties(settings: KafkaSettings): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('')
}
