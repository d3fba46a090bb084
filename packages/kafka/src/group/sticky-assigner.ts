import kafkajs, { type PartitionAssigner } from 'kafkajs'
import { assignSticky } from './sticky-assignment.ts'

/** The group protocol around `assignSticky`: each join carries the partitions the member works on. One topic a group. */
export function createStickyAssigner(
  topic: string,
  ownedPartitions: () => readonly number[],
): PartitionAssigner {
  return ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(ownedPartitions())),
      }),
    }),
    assign: async ({ members }) => {
      const partitions = cluster.findTopicPartitionMetadata(topic).map((p) => p.partitionId)
      const claims = members.map(({ memberId, memberMetadata }) => ({
        memberId,
        owned: readOwned(memberMetadata),
      }))
      return [...assignSticky(partitions, claims)].map(([memberId, assigned]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: VERSION,
          assignment: { [topic]: assigned },
          userData: NOTHING,
        }),
      }))
    },
  })
}

/** What another member says of itself is not trusted: anything unreadable counts as "owns nothing". */
function readOwned(metadata: Buffer): number[] {
  try {
    const decoded = MemberMetadata.decode(metadata)
    const owned: unknown = JSON.parse(decoded?.userData.toString() ?? '[]')
    return Array.isArray(owned) ? owned.filter((p): p is number => Number.isSafeInteger(p)) : []
  } catch {
    return []
  }
}

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol
const NAME = 'meterline-sticky'
const VERSION = 1
const NOTHING = Buffer.alloc(0)
