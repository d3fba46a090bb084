import {
  mintSecret,
  organizationEntities,
  organizationYaml,
  parseOrganizationFile,
  placeInFile,
  proofOf,
} from '@meterline/contract'
import type { DesiredEntities, OrganizationFile, SecretProof } from '@meterline/contract'
import { mayEverywhere } from '@meterline/domain'
import type { CommandHead, OrganizationView, Refusal } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import { z } from 'zod'

import { perform, refusalAnswer } from '../command/perform.ts'
import type { Route } from '../routing/route.ts'
import { forbidden } from '../routing/add-routes.ts'
import { route } from '../routing/route.ts'
import { decideApply } from './decide-apply.ts'
import type { Applied } from './decide-apply.ts'
import { warningAnswer } from './warning-answer.ts'

const applied = z.union([
  z.string().transform((file) => ({ file, secrets: {} })),
  z.strictObject({
    /** The organization file, as YAML. */
    file: z.string(),
    /** Secrets that exist already, for keys that are not known yet: key id to secret. */
    secrets: z.record(z.string(), z.string()).default({}),
  }),
])
const dryRun = z.strictObject({ dry_run: z.enum(['true', 'false']).default('false') })

interface NewKey {
  readonly id: string
  readonly secret: string
  readonly team: string
  readonly environment: string
}

/** The organization as one reviewable file. */
export const fileRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/apply',
    access: 'signed_in',
    summary:
      'Bring the organization to what a file says; each change needs the permission that it would need alone, and what standing allocations need approval for is asked for',
    body: applied,
    query: dryRun,
    handle: async (call) => {
      const { control, principal, body, query } = call
      const desired = organizationEntities(read(body.file))
      const secrets = newSecrets(desired, body.secrets, control.log.view)
      const decide = (view: OrganizationView, head: CommandHead): Applied =>
        decideApply(view, { desired, principal, proofFor: secrets.proofFor }, head)
      if (query.dry_run === 'true') {
        const head = { commandId: DRY_RUN, atMs: control.nowMs(), actor: principal.actor }
        const would = decide(control.log.view, head)
        if (!would.ok) throw refusalAnswer(inFile(would.refusal, body.file))
        return { applied: false, new_keys: [], ...appliedAnswer(would, { isDone: false, yaml: body.file }) }
      }
      let applied: Extract<Applied, { ok: true }> | undefined
      await perform(call, (view, head) => {
        const decision = decide(view, head)
        if (!decision.ok) return { ok: false, refusal: inFile(decision.refusal, body.file) }
        applied = decision
        return decision
      })
      const answer = appliedAnswer(applied, { isDone: true, yaml: body.file })
      return { applied: true, new_keys: secrets.made(), ...answer }
    },
  }),
  route({
    method: 'GET',
    path: '/v1/export',
    access: 'people.read',
    summary: 'The organization as a file that apply finds nothing to change with',
    answerType: 'yaml',
    handle: ({ control, principal, reply }) => {
      // Half of it would read as the whole, and applying that would remove the rest.
      const isWhole = mayEverywhere(control.log.view, principal, 'people.read')
      if (!isWhole) throw forbidden('people.read over the whole organization')
      return reply.type('application/yaml').send(organizationYaml(control.log.view.entities))
    },
  }),
]

const DRY_RUN = 'dry-run'

/** Of a command that was carried out before, what it came to is not known any more. */
function appliedAnswer(
  of: Extract<Applied, { ok: true }> | undefined,
  { isDone, yaml }: { readonly isDone: boolean; readonly yaml: string },
) {
  const opened = (of?.waiting ?? []).find(({ isNew }) => isNew)?.request
  /** Of a dry run, what it would open is not there. */
  const id = (request: string | undefined): string | null =>
    request === undefined || (request === opened && !isDone) ? null : request
  return {
    changes: of?.diff ?? [],
    waiting: (of?.waiting ?? []).map(({ request, isNew, changes, approvers }) => ({
      request: id(request),
      opened: isNew,
      changes,
      approvers,
    })),
    held: (of?.held ?? []).map(({ change, why }) => ({ ...change, why })),
    closed: (of?.closed ?? []).map(({ id: request, state, superseded_by, approvals }) => ({
      request,
      state,
      superseded_by: id(superseded_by),
      approvals: approvals.length,
    })),
    warnings: (of?.warnings ?? []).map((warning) => warningAnswer(inFile(warning, yaml))),
  }
}

/** With the place in the file, for a person who has the file before them. */
function inFile<Said extends Refusal>(refusal: Said, yaml: string): Said {
  const { about, field, message } = refusal
  const place = about && placeInFile(yaml, { ...about, field })
  if (place === undefined) return refusal
  const line = place.line === undefined ? '' : `line ${place.line}: `
  return { ...refusal, field: place.path, message: `${line}${place.path}: ${message}` }
}

function read(yaml: string): OrganizationFile {
  const result = parseOrganizationFile(yaml)
  if (result.ok) return result.file
  const problems = result.problems.map(({ path, line, message }) => {
    const place = line === undefined ? '' : `line ${line}: `
    return `${place}${path === '' ? '' : `${path}: `}${message}`
  })
  throw new ApiError(400, 'invalid_file', problems.join('\n'), { field: result.problems[0]?.path })
}

function newSecrets(
  desired: DesiredEntities,
  known: Readonly<Record<string, string>>,
  { entities }: OrganizationView,
) {
  const made: NewKey[] = []
  return {
    made: (): readonly NewKey[] => made,
    proofFor: (id: string): SecretProof => {
      const given = Object.hasOwn(known, id) ? known[id] : undefined
      const { secret, proof } =
        given === undefined ? mintSecret() : { secret: given, proof: givenProof(given) }
      const key = desired.api_key.get(id)
      const project = key?.project ?? ''
      const team = (desired.project.get(project) ?? entities.project.get(project))?.team ?? ''
      made.push({ id, secret, team, environment: key?.environment ?? '' })
      return proof
    },
  }
}

function givenProof(secret: string): SecretProof {
  try {
    return proofOf(secret)
  } catch (cause) {
    throw new ApiError(400, 'invalid_field', 'a given secret is not one of ours', { field: 'secrets', cause })
  }
}
