// Given to a service by `--import`: a whole collection whenever it is asked for, and a note of what was left at that very moment. Any
// later a busy service has made garbage again: burn, while limits change, 7 MiB in a tenth of a second.
import { writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { heldFile, HELD_FOLDER } from './held.ts'
import type { Held } from './held.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const folder = process.env[HELD_FOLDER]
if (folder === undefined) throw new Error(`${HELD_FOLDER} is to name the folder for what is held`)
let collections = 0

process.on('SIGUSR2', () => {
  collect()
  // What buffers held is given back by a thread of its own, and counted when the next collection begins.
  setTimeout(() => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    collections += 1
    const held: Held = { collection: collections, heapBytes: heapUsed, externalBytes: external }
    writeFileSync(heldFile(folder, process.pid), JSON.stringify(held))
  }, 100)
})
