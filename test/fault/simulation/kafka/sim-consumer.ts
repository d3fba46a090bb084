import type { SimProcess } from '../time/sim-process.ts'
import type { SimGroup } from './sim-group.ts'

type Listener = (event: { readonly payload: object }) => void

const GROUP_JOIN = 'group_join'
const HEARTBEAT = 'heartbeat'
const CRASH = 'crash'

/** The part of the client's consumer that membership stands on: joins, heartbeats, rejoins; it never fetches. */
export function simConsumer(options: {
  readonly process: SimProcess
  readonly groupOf: (groupId: string) => SimGroup
  readonly groupId: string
  readonly heartbeatIntervalMs: number
}) {
  const { process, groupId, heartbeatIntervalMs } = options
  const group = options.groupOf(groupId)
  const listeners = new Map<string, Listener>()
  let topic = ''
  let memberId: string | undefined
  let left = false

  const emit = (event: string, payload: object): void => listeners.get(event)?.({ payload })

  /** One turn of the client's group loop. */
  function beat(): void {
    if (left) return
    if (memberId === undefined || group.heartbeat(memberId) === 'unknown member')
      memberId = group.join(process)
    if (group.heartbeat(memberId) === 'stay') {
      emit(HEARTBEAT, {})
    } else {
      const partitions = group.sync(memberId) ?? []
      emit(GROUP_JOIN, { memberId, memberAssignment: { [topic]: partitions } })
    }
    setTimeout(beat, heartbeatIntervalMs)
  }

  return {
    events: { GROUP_JOIN, HEARTBEAT, CRASH },
    on: (event: string, listener: Listener) => {
      listeners.set(event, listener)
    },
    connect: async () => undefined,
    subscribe: async ({ topics }: { readonly topics: readonly string[] }) => {
      topic = topics[0] ?? ''
    },
    pause: () => undefined,
    run: async () => {
      setTimeout(beat, 1)
    },
    disconnect: async () => {
      left = true
      if (memberId !== undefined) group.leave(memberId)
    },
  }
}
