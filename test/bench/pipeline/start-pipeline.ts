import type { Bench } from '../bench.ts'
import type { PidOf } from '../measure/cpu-meter.ts'
import type { Service } from '../stack/service.ts'

/** All services as they run together: meter and burn in one process. */
export interface Pipeline {
  readonly gateway: Service
  readonly processes: Readonly<Record<string, PidOf>>
  /** Rejects when any service ended by itself. */
  readonly crashed: Promise<never>
  stop(): Promise<void>
}

export async function startPipeline({ stack }: Bench): Promise<Pipeline> {
  const started: Service[] = []
  const stop = async (): Promise<void> => {
    for (const service of started.toReversed()) await service.stop()
  }
  try {
    for (const name of ['sink', 'processor', 'gateway'] as const) started.push(await stack.start(name))
    const [sink, processor, gateway] = started
    if (sink === undefined || processor === undefined || gateway === undefined) {
      throw new Error('a service is missing')
    }
    return {
      gateway,
      processes: {
        gateway: () => gateway.pid(),
        processor: () => processor.pid(),
        sink: () => sink.pid(),
        kafka: stack.serverPids.kafka,
        clickhouse: stack.serverPids.clickhouse,
      },
      crashed: Promise.race(started.map((service) => service.crashed)),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
