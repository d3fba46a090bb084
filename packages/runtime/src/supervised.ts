/**
 * A supervised child holds the reading end of a pipe whose writing end only its supervisor has: the end of the stream is the
 * supervisor's death, however it died (kill -9 included).
 */
export function onSupervisorGone(gone: () => void, env: NodeJS.ProcessEnv = process.env): void {
  if (env['METERLINE_SUPERVISED'] !== '1') return
  process.stdin.on('end', gone)
  process.stdin.on('close', gone)
  process.stdin.on('error', gone)
  process.stdin.resume()
}
