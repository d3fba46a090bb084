import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

export { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** A registry of its own per service, with the process's figures (memory, event loop lag, garbage collection) in it. */
export function createMetrics(service: string): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry })
  return registry
}

/** A gauge that is asked at each scrape: a row for each thing that is there now, none of those that are gone. */
export function addRowsGauge(
  registry: Registry,
  of: { readonly name: string; readonly help: string; readonly labelNames: readonly string[] },
  rows: () => readonly { readonly labels: Record<string, string>; readonly value: number }[],
): void {
  const gauge = new Gauge({
    name: of.name,
    help: of.help,
    labelNames: [...of.labelNames],
    registers: [registry],
    collect() {
      this.reset()
      for (const { labels, value } of rows()) this.set(labels, value)
    },
  })
  void gauge
}
