import type { Admin } from 'kafkajs'

import type { Bench } from '../bench.ts'

/** Takes all members of a group out of it: they were killed, and their successors need not wait for their sessions to end. */
export async function takeOutMembers({ stack }: Bench, admin: Admin, groupId: string): Promise<void> {
  const { groups } = await admin.describeGroups([groupId])
  const coordinator = await stack.kafka.reads.coordinator('group', groupId)
  for (const { memberId } of groups.flatMap(({ members }) => members)) {
    await coordinator.leaveGroup({ groupId, memberId })
  }
}
