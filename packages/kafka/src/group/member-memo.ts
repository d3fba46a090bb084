import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ClusterLink } from '../connection/cluster-link.ts'
import { retryTransient } from '../connection/retry.ts'
import { errorType } from '../errors.ts'

/**
 * Remembers on disk as which member this process joined a group. After a `kill -9` the next start takes the dead member out of
 * the group at once, instead of having its partitions wait for the session timeout.
 */
export interface MemberMemo {
  write(memberId: string): Promise<void>
  /** Leaves the group on behalf of the remembered member. True when there was one and it is gone now. */
  leaveForFormerSelf(link: ClusterLink): Promise<boolean>
}

/** One file per group in `directory`, which no two live processes of the same group may share. */
export function openMemberMemo(directory: string, groupId: string): MemberMemo {
  const file = path.join(directory, `${encodeURIComponent(groupId)}.member`)
  return {
    write: async (memberId) => {
      await mkdir(directory, { recursive: true })
      await writeFile(`${file}.new`, memberId)
      await rename(`${file}.new`, file)
    },
    leaveForFormerSelf: async (link) => {
      const memberId = await readFile(file, 'utf8').catch(ignoreMissing)
      if (memberId === undefined || memberId === '') return false
      return leaveGroup(link, { groupId, memberId })
    },
  }
}

/** Takes a member out of its group. False when the group does not know it (any more). */
export async function leaveGroup(
  link: ClusterLink,
  member: { readonly groupId: string; readonly memberId: string },
): Promise<boolean> {
  try {
    await retryTransient(
      async () => {
        const coordinator = await link.coordinator('group', member.groupId)
        await coordinator.leaveGroup(member)
      },
      {
        doing: `Leaving ${member.groupId} for the former member`,
        deadlineMs: Date.now() + LEAVE_TIMEOUT_MS,
        beforeRetry: () => link.refresh(),
      },
    )
    return true
  } catch (error) {
    // Its session has run out meanwhile: nothing to wait for.
    if (errorType(error) === 'UNKNOWN_MEMBER_ID') return false
    throw error
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}

const LEAVE_TIMEOUT_MS = 10_000
