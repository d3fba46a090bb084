import { RESOURCES } from '@meterline/contract'
import type { ActionRun } from '@meterline/domain'
import { startStandIn } from '../../../../test/support/providers/stand-in.ts'
import type { StandIn } from '../../../../test/support/providers/stand-in.ts'

export interface ControlStandIn extends StandIn {
  run(id: string): ActionRun | undefined
  put(run: ActionRun): void
  /** Ids of rules that stand, by their path: `rate-rules/act-1`. */
  readonly entities: ReadonlyMap<string, unknown>
}

/** The routes of the control service that actions need, where a test wants it to fail at will. The real one has tests of its own. */
export async function startControlStandIn(): Promise<ControlStandIn> {
  const entities = new Map<string, { data: unknown; version: number }>()
  let version = 0
  const commands = new Set<string>()
  entities.set('keys/key_1', { data: { status: 'active' }, version: 0 })
  const server = await startStandIn(({ method, path, headers, body }) => {
    const [, , kind = '', id = '', verb] = path.split('/')
    const name = `${kind}/${id}`
    const found = entities.get(name)
    if (kind === 'keys' && verb !== undefined)
      return keyCommand(verb, name, String(headers['idempotency-key']))
    if (method === 'GET') {
      return found === undefined ? notFound() : { status: 200, body: { ...found, id } }
    }
    if (method === 'DELETE') return entities.delete(name) ? { status: 200, body: {} } : notFound()
    const wanted = headers['if-none-match'] === '*' ? undefined : headers['if-match']
    const isAsExpected =
      headers['if-none-match'] === '*'
        ? found === undefined
        : wanted === undefined || wanted === `"${found?.version}"`
    if (!isAsExpected)
      return { status: 409, body: { error: { code: 'version_conflict', message: 'read again' } } }
    version += 1
    entities.set(name, { data: body, version })
    return { status: 200, body: { id, version, data: body } }
  })

  function keyCommand(verb: string, name: string, command: string) {
    const isRepeated = commands.has(command)
    commands.add(command)
    if (verb === 'rotate') return { status: 200, body: isRepeated ? {} : { secret: 'the new secret' } }
    version += 1
    entities.set(name, { data: { status: verb === 'disable' ? 'disabled' : 'active' }, version })
    return { status: 200, body: {} }
  }

  return {
    ...server,
    entities,
    run(id) {
      const found = entities.get(`${RESOURCES.action_run.path}/${id}`)
      return found === undefined
        ? undefined
        : RESOURCES.action_run.toEntity(found.data as Record<string, unknown>)
    },
    put(run) {
      version += 1
      entities.set(`${RESOURCES.action_run.path}/${run.id}`, {
        data: RESOURCES.action_run.toEntry(run),
        version,
      })
    },
  }
}

const notFound = () => ({ status: 404, body: { error: { code: 'not_found', message: 'nothing there' } } })
