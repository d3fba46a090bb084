import { REQUIRED_LABELS } from '@meterline/domain'
import { z } from 'zod'

import { RESOURCE_LIST } from './resources/resources.ts'

export interface ReferenceProblem {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/**
 * What the shape alone cannot show: an id used twice, a name that nothing carries. Reads the file loosely, so that it can speak
 * together with the shape's own problems.
 */
export function referenceProblems(content: unknown): readonly ReferenceProblem[] {
  const file = loose(content)
  const ids = new Map<string, Map<string, string>>()
  const problems: ReferenceProblem[] = []
  for (const { kind, id, path } of declaredIds(file)) {
    const known = ids.get(kind) ?? new Map<string, string>()
    ids.set(kind, known)
    const earlier = known.get(id)
    if (earlier === undefined) known.set(id, path.join('.'))
    else problems.push({ path, message: `the ${words(kind)} "${id}" is declared twice; give one another id` })
  }
  return [...problems, ...zoneProblems(file), ...keyProblems(file, ids), ...scopeProblems(file, ids)]
}

/** Where an entry stands in a file, by the kind of its entity. */
export function placeOfEntry(
  content: unknown,
  of: { readonly kind: string; readonly id: string },
): readonly (string | number)[] | undefined {
  const kind = of.kind === 'organization' ? 'org' : of.kind
  for (const entry of declaredIds(loose(content))) {
    if (entry.kind === kind && entry.id === of.id) return entry.path.slice(0, -1)
  }
  return undefined
}

function* declaredIds(file: Loose): Generator<{ kind: string; id: string; path: (string | number)[] }> {
  yield { kind: 'org', id: text(file['organization']?.['id']), path: ['organization', 'id'] }
  for (const [g, group] of list(file['billing_groups'])) {
    yield* declared('billing_group', group, ['billing_groups', g])
    for (const [d, department] of list(group['departments'])) {
      const path = ['billing_groups', g, 'departments', d]
      yield* declared('department', department, path)
      for (const [t, team] of list(department['teams'])) {
        yield* declared('team', team, [...path, 'teams', t])
        for (const [p, project] of list(team['projects'])) {
          yield* declared('project', project, [...path, 'teams', t, 'projects', p])
        }
      }
    }
  }
  for (const [k, key] of list(file['keys'])) yield* declared('api_key', key, ['keys', k])
  for (const [a, entry] of list(file['allocations'])) yield* declared('allocation', entry, ['allocations', a])
  for (const [r, card] of list(file['rate_cards'])) yield* declared('rate_card', card, ['rate_cards', r])
  for (const { kind, section } of RESOURCE_LIST) {
    if (section === null || OWN_SECTIONS.has(section)) continue
    for (const [index, entry] of list(file[section])) yield* declared(kind, entry, [section, index])
  }
}

/** Gone through above. */
const OWN_SECTIONS: ReadonlySet<string> = new Set(['keys', 'allocations', 'rate_cards'])

function* declared(kind: string, entry: Loose, path: (string | number)[]) {
  const id = text(entry['id'])
  if (id !== '') yield { kind, id, path: [...path, 'id'] }
}

function* zoneProblems(file: Loose): Generator<ReferenceProblem> {
  const zone = text(file['organization']?.['reporting_time_zone'])
  if (zone === '' || isTimeZone(zone)) return
  const message = `"${zone}" is not an IANA time zone; write one such as "UTC" or "Europe/Berlin"`
  yield { path: ['organization', 'reporting_time_zone'], message }
}

function* keyProblems(file: Loose, ids: KnownIds): Generator<ReferenceProblem> {
  // A file without the tree speaks of the one that is there; whoever applies it finds out.
  const hasTree = file['billing_groups'] !== undefined
  for (const [index, key] of list(file['keys'])) {
    const project = text(key['project'])
    if (hasTree && project !== '' && !(ids.get('project')?.has(project) ?? false)) {
      yield { path: ['keys', index, 'project'], message: notDeclared('project', project, ids) }
    }
    for (const name of REQUIRED_LABELS) {
      if (key['labels']?.[name] === undefined) continue
      const message = 'follows from the key itself; remove it from the labels'
      yield { path: ['keys', index, 'labels', name], message }
    }
  }
}

function* scopeProblems(file: Loose, ids: KnownIds): Generator<ReferenceProblem> {
  const owners = new Map<string, string>()
  for (const [index, allocation] of list(file['allocations'])) {
    const scope = text(allocation['scope'])
    const kind = scope.slice(0, scope.indexOf(':'))
    const id = scope.slice(kind.length + 1)
    const path = ['allocations', index, 'scope']
    const known = ids.get(kind)
    // Users need not be declared in the file: any id may come.
    const isDeclared = kind === 'org' || (kind !== 'user' && file[sectionOf(kind)] !== undefined)
    if (isDeclared && known !== undefined && !known.has(id))
      yield { path, message: notDeclared(kind, id, ids) }
    const other = owners.get(scope)
    if (scope !== '' && other !== undefined) {
      yield { path, message: `"${scope}" already has the allocation "${other}"; a scope has one` }
    }
    owners.set(scope, text(allocation['id']))
  }
}

function sectionOf(kind: string): string {
  return kind === 'api_key' ? 'keys' : 'billing_groups'
}

function notDeclared(kind: string, id: string, ids: KnownIds): string {
  const known = [...(ids.get(kind)?.keys() ?? [])].slice(0, 8)
  const hint = known.length === 0 ? `declare it first` : `known: ${known.join(', ')}`
  return `no ${words(kind)} "${id}" in this file; ${hint}`
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

type KnownIds = ReadonlyMap<string, ReadonlyMap<string, string>>
interface Loose {
  readonly [field: string]: Loose | undefined
}

const record = z.record(z.string(), z.unknown())
const loose = (value: unknown): Loose => (record.safeParse(value).data ?? {}) as Loose
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const words = (kind: string): string => kind.replaceAll('_', ' ')

function list(value: unknown): readonly (readonly [number, Loose])[] {
  return Array.isArray(value) ? value.map((entry: unknown, index) => [index, loose(entry)] as const) : []
}
