import { execFileSync } from 'node:child_process'

/** `prlimit` comes with every Linux, and with nothing else. */
export const canRefuseWrites = process.platform === 'linux'

/** From now on every write of this process to a file fails (EFBIG), as on a full disk, and nobody else's does. Node ignores the signal that comes with it. */
export function refuseWrites(pid: number | undefined): void {
  if (pid === undefined) throw new Error('the process does not run')
  execFileSync('prlimit', ['--pid', String(pid), '--fsize=0'])
}
