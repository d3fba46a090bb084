import colors from 'picocolors'

const WIDTH = 28
const REDRAW_MS = 100
const PLAIN_STEP = 0.1
const PLAIN_PAUSE_MS = 1_000

export interface ProgressBar {
  /** `share` from 0 to 1, and what to say beside it. */
  update(share: number, text: string): void
  done(): void
}

/** On standard error, so that output can be piped: a bar on a terminal, a line per ten percent elsewhere, and none for what takes less than a second. */
export function progressBar(stream: NodeJS.WriteStream = process.stderr): ProgressBar {
  return stream.isTTY ? drawnBar(stream) : plainLines(stream)
}

function drawnBar(stream: NodeJS.WriteStream): ProgressBar {
  let drawnAtMs = 0
  const draw = (share: number, text: string): void => {
    const filled = Math.round(Math.min(1, share) * WIDTH)
    const bar = colors.cyan('━'.repeat(filled)) + colors.dim('━'.repeat(WIDTH - filled))
    stream.write(`\r\u001B[K${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${text}`)
  }
  return {
    update(share, text) {
      const nowMs = performance.now()
      if (nowMs - drawnAtMs < REDRAW_MS && share < 1) return
      drawnAtMs = nowMs
      draw(share, text)
    },
    done: () => void stream.write('\r\u001B[K'),
  }
}

function plainLines(stream: NodeJS.WriteStream): ProgressBar {
  let next = PLAIN_STEP
  let toldAtMs = performance.now()
  return {
    update(share, text) {
      const nowMs = performance.now()
      if (share < next || nowMs - toldAtMs < PLAIN_PAUSE_MS) return
      toldAtMs = nowMs
      next = Math.floor(share / PLAIN_STEP) * PLAIN_STEP + PLAIN_STEP
      stream.write(`${Math.floor(share * 100)} %  ${text}\n`)
    },
    done: () => undefined,
  }
}
