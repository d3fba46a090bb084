/** Waits for Ctrl-C or a termination signal; rejects when `failing` does before. */
export async function untilInterrupted(failing: Promise<unknown>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
    failing.catch(reject)
  })
}
