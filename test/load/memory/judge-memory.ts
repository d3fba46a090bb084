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
  /** Of the heap after collections, and of the buffers outside of it: what the program itself holds. */
  readonly maxHeldMibPerMinute: number
  /**
   * By how much a service may grow whose buffers follow the lag up to a bound that it documents. It is held to that from its first
   * reading on, and to the slopes after the warm-up, by when the bound is full.
   */
  readonly mayGrowMib: Readonly<Record<string, number>>
  /**
   * By how much the resident memory may stand higher at the end than in the middle: the system's allocator takes memory in
   * steps, which a slope would be at the mercy of.
   */
  readonly maxResidentStepMib: number
}

export interface MemoryVerdict {
  readonly name: string
  readonly heapMibPerMinute: number
  readonly buffersMibPerMinute: number
  /** From the first reading, before the load, to the highest: heap after collections and buffers together. */
  readonly grownMib: number
  readonly residentMostMib: number
  /** Means of equal stretches after the warm-up: how it got there. */
  readonly course: readonly Stretch[]
  readonly problems: readonly string[]
}

interface Stretch {
  readonly heapMib: number
  readonly buffersMib: number
  readonly residentMib: number
  readonly youngMib: number
}

/**
 * Flat is: after the warm-up the program holds no more and no more, and the system gives it no more and no more; and what documents
 * a bound stays below it.
 */
export function judgeMemory(
  record: MemoryRecord,
  bounds: MemoryBounds,
  work: { readonly requests: number },
): MemoryVerdict {
  const { name } = record
  const warm = (points: readonly Point[]): Point[] => points.filter(({ atMs }) => atMs >= bounds.warmUpMs)
  const heap = floors(warm(record.heap), STRETCH_MS)
  const heapMibPerMinute = slopePerMinute(heap)
  const buffersMibPerMinute = slopePerMinute(floors(warm(record.external), STRETCH_MS))
  const held = floors(sumOf(record), STRETCH_MS).map(({ value }) => value)
  const grownMib = Math.max(0, ...held) - (sumOf(record)[0]?.value ?? 0)
  const mayGrowMib = bounds.mayGrowMib[name]
  const isSteep = (mibPerMinute: number): boolean => mibPerMinute > bounds.maxHeldMibPerMinute
  const course = courseOf(record, bounds.warmUpMs)
  const remembersMib =
    name === 'processor' ? (work.requests * DEDUP_BYTES_PER_REQUEST) / MIB + DEDUP_TABLES_SLACK_MIB : 0
  const stepMib = (course.at(-1)?.residentMib ?? 0) - (course[STRETCHES / 2 - 1]?.residentMib ?? 0)
  const grows = (what: string, mib: number, unit: string): string =>
    `${what} of ${name} grows by ${mib.toFixed(2)} MiB${unit}`
  return {
    name,
    heapMibPerMinute,
    buffersMibPerMinute,
    grownMib,
    residentMostMib: Math.max(0, ...warm(record.resident).map(({ value }) => value)),
    course,
    problems: [
      ...(heap.length < STRETCHES ? [`${name} was seen too seldom to judge`] : []),
      ...(mayGrowMib !== undefined && grownMib > mayGrowMib
        ? [
            `${name} holds ${grownMib.toFixed(0)} MiB more than before, and says that it is ${mayGrowMib} at most`,
          ]
        : []),
      ...(isSteep(heapMibPerMinute) ? [grows('the heap', heapMibPerMinute, ' a minute')] : []),
      // Meter's memory of requests is in buffers.
      ...(name !== 'processor' && isSteep(buffersMibPerMinute)
        ? [grows('what is in buffers', buffersMibPerMinute, ' a minute')]
        : []),
      ...(stepMib > bounds.maxResidentStepMib + remembersMib
        ? [grows('the resident memory', stepMib, ' from the middle to the end')]
        : []),
    ],
  }
}

const STRETCHES = 8

/** Heap and buffers were read at the same moments. */
function sumOf({ heap, external }: MemoryRecord): Point[] {
  return heap.map(({ atMs, value }, index) => ({ atMs, value: value + (external[index]?.value ?? 0) }))
}

function courseOf(record: MemoryRecord, fromMs: number): Stretch[] {
  const endMs = record.resident.at(-1)?.atMs ?? 0
  const stretchMs = (endMs - fromMs) / STRETCHES
  const mean = (points: readonly Point[], index: number): number => {
    const here = points.filter(({ atMs }) => Math.floor((atMs - fromMs) / stretchMs) === index)
    return here.reduce((sum, { value }) => sum + value, 0) / here.length
  }
  return Array.from({ length: STRETCHES }, (_, index) => ({
    heapMib: mean(record.heap, index),
    buffersMib: mean(record.external, index),
    residentMib: mean(record.resident, index),
    youngMib: mean(record.young, index),
  }))
}
