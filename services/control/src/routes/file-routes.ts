import {
  mintSecret,
  organizationChanges,
  organizationDiff,
  organizationEntities,
  organizationYaml,
  parseOrganizationFile,
  proofOf,
} from '@meterline/contract'
import type { DesiredEntities, EntityChange, OrganizationFile, SecretProof } from '@meterline/contract'
import { brokenReference, limitProblem, mayChange, mayEverywhere } from '@meterline/domain'
import type { ControlChange, Decision, OrganizationView, Principal, Refusal } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import { z } from 'zod'

import { perform, refusalAnswer } from '../command/perform.ts'
import type { Route } from '../routing/route.ts'
import { forbidden } from '../routing/add-routes.ts'
import { route } from '../routing/route.ts'
import { allocationRule } from './decide-put.ts'

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
      'Bring the organization to what a file says; each change needs the permission that it would need alone',
    body: applied,
    query: dryRun,
    handle: async (call) => {
      const { control, principal, body, query } = call
      const desired = organizationEntities(read(body.file))
      const secrets = newSecrets(desired, body.secrets, control.log.view)
      if (query.dry_run === 'true') {
        const { view } = control.log
        const would = organizationDiff(desired, view.entities)
        const sets = { desired, current: view.entities }
        const decision = judged(view, principal, {
          changes: organizationChanges(would, sets, secrets.proofFor),
          atMs: control.nowMs(),
        })
        if (!decision.ok) throw refusalAnswer(decision.refusal)
        return { applied: false, changes: would, new_keys: [] }
      }
      let changes: readonly EntityChange[] = []
      await perform(call, (view, { atMs }) => {
        changes = organizationDiff(desired, view.entities)
        const sets = { desired, current: view.entities }
        return judged(view, principal, {
          changes: organizationChanges(changes, sets, secrets.proofFor),
          atMs,
        })
      })
      return { applied: true, changes, new_keys: secrets.made() }
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

function read(yaml: string): OrganizationFile {
  const result = parseOrganizationFile(yaml)
  if (result.ok) return result.file
  const problems = result.problems.map(({ path, line, message }) => {
    const place = line === undefined ? '' : `line ${line}: `
    return `${place}${path === '' ? '' : `${path}: `}${message}`
  })
  throw new ApiError(400, 'invalid_file', problems.join('\n'), { field: result.problems[0]?.path })
}

function judged(
  view: OrganizationView,
  principal: Principal,
  { changes, atMs }: { readonly changes: readonly ControlChange[]; readonly atMs: number },
): Decision {
  const foreign = changes.find(
    (change) =>
      !mayChange(view, principal, {
        kind: change.kind,
        id: change.id,
        desired: change.type === 'put' ? change.data : undefined,
      }),
  )
  if (foreign !== undefined) {
    const message = `the ${foreign.kind.replaceAll('_', ' ')} "${foreign.id}" is outside of what your roles cover`
    return { ok: false, refusal: { code: 'forbidden', message } }
  }
  const hindrance = brokenReference(view, changes) ?? rulesOf(view, changes, atMs)
  return hindrance === undefined ? { ok: true, changes } : { ok: false, refusal: hindrance }
}

/** What each limit and allocation is held to when it is put alone; allocations against one another as the file leaves them. */
function rulesOf(
  view: OrganizationView,
  changes: readonly ControlChange[],
  atMs: number,
): Refusal | undefined {
  const allocations = changes.flatMap((change) =>
    change.kind === 'allocation' && change.type === 'put' ? [change.data] : [],
  )
  for (const change of changes) {
    if (change.kind !== 'limit' || change.type === 'removed') continue
    const problem = limitProblem(view, change.data, atMs)
    if (problem !== undefined) return { ...problem, message: `the limit "${change.id}": ${problem.message}` }
  }
  return allocationRule(view, allocations)
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
