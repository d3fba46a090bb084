import { getHeapSpaceStatistics } from 'node:v8'

const ROUNDS = 200
const OBJECTS = 20_000
/** So many rounds are alive at once: V8 takes a larger young generation where much of it survives. */
const ALIVE = 20

/** Prints the largest size of the young generation, in bytes. */
function main(): void {
  const alive: object[][] = []
  let most = 0
  for (let round = 0; round < ROUNDS; round++) {
    alive[round % ALIVE] = Array.from({ length: OBJECTS }, (_, index) => ({
      round,
      index,
      text: `t${index}`,
    }))
    most = Math.max(most, youngBytes())
  }
  console.log(most)
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
}

main()
