import { cpuSeconds } from '../stack/cpu-clock.ts'

/** Microseconds of CPU per record, by process. Unlike a rate it hardly depends on what else the machine is doing. */
export type CpuMicros = Readonly<Record<string, number>>

export type PidOf = () => number | undefined

/** Starts counting now; answers what each process used since, per record. */
export function startCpuMeter(processes: Readonly<Record<string, PidOf>>): (records: number) => CpuMicros {
  const before = Object.entries(processes).map(([name, pidOf]) => {
    const pid = pidOf()
    return { name, pid, seconds: cpuSeconds(pid) }
  })
  return (records) =>
    Object.fromEntries(
      before.flatMap(({ name, pid, seconds }) => {
        const now = cpuSeconds(pid)
        return now === undefined || seconds === undefined ? [] : [[name, ((now - seconds) * 1e6) / records]]
      }),
    )
}
