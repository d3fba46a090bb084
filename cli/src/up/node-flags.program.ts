import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const EVENTS = 500
const HELD_BATCHES = 400
const BATCHES = 1_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Prints by how many bytes at most the old generation grows while batches are made and let go, after some that were held. */
function main(): void {
  const learnt = hold()
  // The code that follows from what was learnt is there by then.
  for (let made = 0; made < learnt; made++) batch()
  collect()
  const before = oldBytes()
  let most = 0
  for (let made = 0; made < BATCHES; made++) {
    batch()
    most = Math.max(most, oldBytes() - before)
  }
  console.log(most)
}

function hold(): number {
  return Array.from({ length: HELD_BATCHES }, batch).length
}

/** What a gateway makes of a body: a message for each event, with its bytes. */
function batch(): object[] {
  const messages: object[] = []
  for (let index = 0; index < EVENTS; index++) {
    const key = Buffer.from(`req_${index}`)
    messages.push({ key, value: Buffer.from(key), headers: {} })
  }
  return messages
}

function oldBytes(): number {
  const spaces = getHeapSpaceStatistics()
  return spaces.find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? Number.NaN
}

main()
