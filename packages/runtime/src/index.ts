export {
  booleanText,
  clickhouseEnvironment,
  httpUrl,
  kafkaEnvironment,
  logEnvironment,
  port,
  registryEnvironment,
} from './config/environment.ts'
export { kafkaConnection } from './config/kafka-connection.ts'
export type { KafkaConnection } from './config/kafka-connection.ts'
export { ConfigurationError, parseConfig, readConfig } from './config/read-config.ts'
export { defineEvents, event } from './events/define-events.ts'
export type { EventSpec } from './events/define-events.ts'
export type { MetricSpec } from './events/instrument.ts'
export { addHealthRoutes } from './health/health-routes.ts'
export { startHealthServer } from './health/health-server.ts'
export type { HealthServer } from './health/health-server.ts'
export { probe, withCaveat } from './health/probe.ts'
export type { Probe, ProbeResult } from './health/probe.ts'
export { DEFAULT_STALL_BOUND_MS, progressProbe } from './health/progress.ts'
export type { ProgressProbe } from './health/progress.ts'
export { createStallWatch, watchForStall } from './health/stall-watch.ts'
export type { StallWatch, WatchedUnit } from './health/stall-watch.ts'
export { createLogger } from './logger.ts'
export type { Logger } from './logger.ts'
export { addRowsGauge, Counter, createMetrics, Gauge, Histogram, Registry } from './metrics.ts'
export { redact } from './redact.ts'
export { EXIT_CODES, runService } from './run-service.ts'
export type { ServiceDefinition, ServiceShell } from './run-service.ts'
export { schedule } from './schedule.ts'
export type { Schedule } from './schedule.ts'
