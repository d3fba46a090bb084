import { z } from 'zod'

import type { ControlClient } from './control-client.ts'

const change = z.object({
  change: z.enum(['added', 'changed', 'removed']),
  kind: z.string(),
  id: z.string(),
  fields: z.array(
    z.object({ field: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }),
  ),
})

const applied = z.object({
  changes: z.array(change),
  /** What standing allocations need an approval for. Of a dry run, a request that is not there yet has no id. */
  waiting: z.array(
    z.object({
      request: z.string().nullable(),
      opened: z.boolean(),
      changes: z.array(change),
      /** The sides whose yes is missing, and who can give it. */
      approvers: z.array(z.object({ side: z.string(), users: z.array(z.string()) })).default([]),
    }),
  ),
  /** What cannot be made before that is approved. */
  held: z.array(change.extend({ why: z.string() })).default([]),
  /** Requests that an earlier file opened, and that this one puts aside. */
  closed: z
    .array(
      z.object({
        request: z.string(),
        state: z.string(),
        superseded_by: z.string().nullable(),
        approvals: z.number(),
      }),
    )
    .default([]),
  /** What the file says that is likely to be a mistake. */
  warnings: z
    .array(z.object({ field: z.string(), message: z.string(), hint: z.string().optional() }))
    .default([]),
  new_keys: z.array(
    z.object({ id: z.string(), secret: z.string(), team: z.string(), environment: z.string() }),
  ),
})

/** What an apply came to. The secrets are nowhere else: whoever loses them needs to rotate the key. */
export type AppliedFile = z.output<typeof applied>

export async function applyFile(
  client: ControlClient,
  of: {
    /** YAML. */
    readonly file: string
    readonly dryRun: boolean
    /** Secrets that exist already, for keys that are not known yet. */
    readonly knownSecrets: ReadonlyMap<string, string>
  },
): Promise<AppliedFile> {
  const body = { file: of.file, secrets: Object.fromEntries(of.knownSecrets) }
  return applied.parse(await client.call('POST', `/v1/apply?dry_run=${String(of.dryRun)}`, body))
}
