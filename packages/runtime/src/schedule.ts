import { schedule as cronSchedule } from 'node-cron'

export interface Schedule {
  stop(): Promise<void>
}

/** Runs `task` at the times of a cron expression (UTC unless said otherwise), never twice at once. */
export function schedule(options: {
  readonly name: string
  readonly cron: string
  readonly timeZone?: string
  readonly task: () => Promise<void>
  readonly onError: (error: unknown) => void
}): Schedule {
  const { name, cron, timeZone = 'Etc/UTC', task, onError } = options
  const job = cronSchedule(cron, () => task().catch(onError), { name, timezone: timeZone, noOverlap: true })
  return {
    async stop() {
      await job.destroy()
    },
  }
}
