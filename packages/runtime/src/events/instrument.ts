import { Counter, Gauge, Histogram } from 'prom-client'
import type { Metric, Registry } from 'prom-client'

/** What an event does to one metric. Names are `meterline_<service>_<what>_<unit>`; the step is the label `step`. */
export interface MetricSpec<P> {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly name: string
  readonly help: string
  /** Amount to add (counter), value to set (gauge) or to observe (histogram); 1 when left out. */
  readonly value?: (fields: P) => number
  readonly labelNames?: readonly string[]
  readonly labels?: (fields: P) => Record<string, string | number>
  readonly buckets?: readonly number[]
}

/** Metrics that several events move are made once and found again by name. */
export function instrument<P>(registry: Registry, spec: MetricSpec<P>): (fields: P) => void {
  const labelsOf = (fields: P) => spec.labels?.(fields) ?? {}
  const valueOf = (fields: P) => spec.value?.(fields) ?? 1
  const common = {
    name: spec.name,
    help: spec.help,
    labelNames: [...(spec.labelNames ?? [])],
    registers: [registry],
  }
  switch (spec.kind) {
    case 'counter': {
      const counter = find(registry, spec.name, Counter) ?? new Counter(common)
      return (fields) => counter.inc(labelsOf(fields), valueOf(fields))
    }
    case 'gauge': {
      const gauge = find(registry, spec.name, Gauge) ?? new Gauge(common)
      return (fields) => gauge.set(labelsOf(fields), valueOf(fields))
    }
    case 'histogram': {
      const buckets = spec.buckets === undefined ? {} : { buckets: [...spec.buckets] }
      const histogram = find(registry, spec.name, Histogram) ?? new Histogram({ ...common, ...buckets })
      return (fields) => histogram.observe(labelsOf(fields), valueOf(fields))
    }
  }
}

function find<M extends Metric>(
  registry: Registry,
  name: string,
  type: new (...args: never[]) => M,
): M | undefined {
  const found = registry.getSingleMetric(name)
  if (found !== undefined && !(found instanceof type)) {
    throw new TypeError(`metric ${name} is already of another kind`)
  }
  return found
}
