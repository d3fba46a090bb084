import { fitLine } from './fit-line.ts'

/** A part of the terminal that is drawn again and again in place. */
export interface Screen {
  draw(text: string): void
  /** Leaves the last drawing where it is and gives the cursor back. */
  close(): void
}

const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'
const CLEAR_TO_END_OF_LINE = '\u001B[K'
const CLEAR_BELOW = '\u001B[J'

export function openScreen(stream: NodeJS.WriteStream = process.stdout): Screen {
  let drawnLines = 0
  stream.write(HIDE_CURSOR)
  return {
    draw(text) {
      // More lines than the terminal has would scroll away what is to be overwritten.
      const lines = text.split('\n').slice(0, Math.max(1, stream.rows - 1))
      const up = drawnLines > 0 ? `\u001B[${drawnLines}A` : ''
      stream.write(
        `${up}\r${lines.map((line) => `${fitLine(line, stream.columns)}${CLEAR_TO_END_OF_LINE}\n`).join('')}${CLEAR_BELOW}`,
      )
      drawnLines = lines.length
    },
    close: () => void stream.write(SHOW_CURSOR),
  }
}
