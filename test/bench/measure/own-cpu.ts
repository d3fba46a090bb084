/** Seconds of CPU that this process uses while it runs the function. Elapsed time would count what others do meanwhile. */
export function cpuSecondsOf(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
