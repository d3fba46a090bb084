// Given to a service by `--import`: a whole collection whenever it is asked for, so that what is read next is held, not left over.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

process.on('SIGUSR2', () => {
  collect()
  // What buffers held is given back by a thread of its own, and counted when the next collection begins.
  setTimeout(collect, 100)
})
