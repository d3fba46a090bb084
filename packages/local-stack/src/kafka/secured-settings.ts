import type { KafkaSettings } from './settings.ts'

/**
 * A broker that knows its users: services come in through the listener SERVICES with SCRAM-SHA-512, and may do what a
 * rule allows (`meterline provision --acls`). The plain listener is for the broker itself and for whoever is on its
 * own loopback: keep it there.
 */
export function securedSettings(): KafkaSettings {
  return {
    'listener.security.protocol.map': 'SERVICES:SASL_PLAINTEXT,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.services.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // Also the default; said, because everything hangs on it.
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': 'User:ANONYMOUS;User:operator',
  }
}
