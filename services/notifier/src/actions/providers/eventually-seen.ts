import { setTimeout as sleep } from 'node:timers/promises'

const LOOKS = 6

/** Whether a change that was accepted can be seen: providers do not say how soon a read shows what was written. */
export async function eventuallySeen(
  look: () => Promise<boolean>,
  options: { readonly pauseMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  for (let i = 0; i < LOOKS; i += 1) {
    if (i > 0) await sleep(options.pauseMs, undefined, { signal: options.signal })
    if (await look()) return true
  }
  return false
}

export function seenText(isSeen: boolean): string {
  return isSeen ? '' : '; it was accepted, and a read does not show it yet'
}
