import type { CpuMicros } from '../measure/cpu-meter.ts'

/** One line, or none where the processor time is not known. */
export function cpuNotes(cpuMicros: CpuMicros): string[] {
  const processes = Object.entries(cpuMicros)
  if (processes.length === 0) return []
  return [
    `µs of CPU each: ${processes.map(([process, micros]) => `${process} ${micros.toFixed(1)}`).join(', ')}`,
  ]
}
