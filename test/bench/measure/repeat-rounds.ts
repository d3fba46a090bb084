import type { Bench } from '../bench.ts'

/** One round after the other. One that fails, or Ctrl-C, ends them; what was measured before it stands, and says of how many rounds it is. */
export async function repeatRounds(
  { say }: Pick<Bench, 'say'>,
  rounds: number,
  measure: (round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    try {
      await measure(round)
    } catch (error) {
      if (round === 0) throw error
      say(
        `round ${round + 1} of ${rounds} was not measured: ${error instanceof Error ? error.message : String(error)}`,
      )
      return
    }
  }
}
