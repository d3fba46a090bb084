import { hasFewCores } from '@meterline/local-stack'

/** Each does a little all the time, and nobody waits for a thousandth of a second of it. */
const CALM_SERVICES: ReadonlySet<string> = new Set(['registry', 'control', 'notifier'])

/**
 * Flags of Node for a service. By itself V8 doubles its young generation up to 128 MiB wherever a few collections in turn find much
 * alive, and seldom takes it back. In return a calm service pauses less often, which nobody notices; its memory everybody does who runs
 * it. So it stays with 32.
 *
 * A gateway is asked thousands of times a second, and each full collection is tens of milliseconds in which
 * it answers nobody. Of what it holds little lasts: by itself V8 would look through the whole heap every other second for four megabytes
 * that came to it, so it is told to wait until the heap has grown to four times what the last collection left, some 200 MB.
 * V8 also learns which objects live long and makes those among the old from then on. One collection in the middle of a large body is
 * enough for that, as it finds all of its events alive; and what is made among the old keeps what it points to until the next full
 * collection: the records of every batch. So it is told not to learn.
 * On few cores the helper threads of its collector compete with it and with those that it asks, and a pause lasts until each of them
 * has had its turn.
 */
export function nodeFlags(service: string, cores?: number): readonly string[] {
  if (CALM_SERVICES.has(service)) return ['--max-semi-space-size=16']
  if (service !== 'gateway') return []
  return [
    '--heap-growing-percent=300',
    '--no-allocation-site-pretenuring',
    ...(hasFewCores(cores) ? ['--single-threaded-gc'] : []),
  ]
}
