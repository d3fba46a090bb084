import { floors, slopePerMinute } from './slope.ts'
import type { Point } from './slope.ts'
import type { MemoryRecord } from './watch-memory.ts'

const MIB = 1024 * 1024
/** A heap is read at the lowest of this long: after a collection. */
const STRETCH_MS = 15_000
/**
 * What meter remembers of a request for as long as it is told twice (services/processor/src/config.ts), in tables that double:
 * for a moment the old one and the new one are both there.
 */
const DEDUP_BYTES_PER_REQUEST = 60
const DEDUP_TABLES_SLACK_MIB = 128

export interface MemoryBounds {
  /** Until then caches fill and code is compiled. */
  readonly warmUpMs: number
  readonly maxHeapMibPerMinute: number
  readonly maxResidentMibPerMinute: number
}

export interface MemoryVerdict {
  readonly name: string
  readonly samples: number
  readonly heapFirstMib: number
  readonly heapLastMib: number
  readonly heapMibPerMinute: number
  readonly residentFirstMib: number
  readonly residentMaxMib: number
  readonly residentMibPerMinute: number
  readonly problems: readonly string[]
}

/** Flat is: after the warm-up neither the heap after collections nor the resident memory grows by more than the bounds. */
export function judgeMemory(
  record: MemoryRecord,
  bounds: MemoryBounds,
  work: { readonly requests: number },
): MemoryVerdict {
  const warm = (points: readonly Point[]): Point[] => points.filter(({ atMs }) => atMs >= bounds.warmUpMs)
  const heap = floors(warm(record.heap), STRETCH_MS)
  const resident = warm(record.resident)
  const heapMibPerMinute = slopePerMinute(heap)
  const residentMibPerMinute = slopePerMinute(resident)
  const residentFirstMib = resident[0]?.value ?? 0
  const residentMaxMib = Math.max(0, ...resident.map(({ value }) => value))
  const remembersMib =
    record.name === 'processor' ? (work.requests * DEDUP_BYTES_PER_REQUEST) / MIB + DEDUP_TABLES_SLACK_MIB : 0
  const grownMib = residentMaxMib - residentFirstMib
  const isFlat = residentMibPerMinute <= bounds.maxResidentMibPerMinute || grownMib <= remembersMib
  return {
    name: record.name,
    samples: resident.length,
    heapFirstMib: heap[0]?.value ?? 0,
    heapLastMib: heap.at(-1)?.value ?? 0,
    heapMibPerMinute,
    residentFirstMib,
    residentMaxMib,
    residentMibPerMinute,
    problems: [
      ...(heap.length < 3 ? [`${record.name} was seen too seldom to judge`] : []),
      ...(heapMibPerMinute > bounds.maxHeapMibPerMinute
        ? [`the heap of ${record.name} grows by ${heapMibPerMinute.toFixed(2)} MiB a minute`]
        : []),
      ...(isFlat ? [] : [`${record.name} grows by ${residentMibPerMinute.toFixed(2)} MiB a minute`]),
    ],
  }
}
