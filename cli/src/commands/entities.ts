import { RESOURCE_LIST, resourceNamed } from '@meterline/contract'
import type { Resource } from '@meterline/contract'
import { Command } from 'commander'
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

import { usageError } from '../cli-error.ts'
import { controlVerb, openControl, part, print } from '../control/control-verb.ts'
import { jsonOption, stateDirOption } from './options.ts'

const kinds = (): string => RESOURCE_LIST.map(({ path }) => path).join(', ')

/** `meterline get limits`, `meterline get limit l-auth`. */
export function getCommand(): Command {
  return controlVerb<{ limit?: string }>(
    'get <kind> [id]',
    'list the entities of a kind, or read one',
    ([kind, id], { limit }) => {
      const { path } = resourceOf(kind)
      return {
        method: 'GET',
        path: id === undefined ? `/v1/${path}?limit=${part(limit ?? '100')}` : `/v1/${path}/${part(id)}`,
      }
    },
  )
    .option('--limit <count>', 'how many of a list')
    .addHelpText('after', `\nKinds: ${kinds()}\n\nExample:\n  $ npx meterline get limits`)
}

export function removeCommand(): Command {
  return controlVerb('remove <kind> <id>', 'remove an entity', ([kind, id]) => ({
    method: 'DELETE',
    path: `/v1/${resourceOf(kind).path}/${part(id)}`,
  }))
}

const document = z.looseObject({ kind: z.string(), id: z.string() })

/** `meterline put -f limit.yaml`: documents with `kind`, `id` and the fields of the entry. */
export function putCommand(): Command {
  return new Command('put')
    .description('put the entities of a YAML file, one document each')
    .requiredOption(
      '-f, --file <file>',
      '"-" reads standard input; each document has kind, id and the fields of its entry',
    )
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addHelpText(
      'after',
      '\nExample:\n  kind: limit\n  id: auth-hard\n  level: group\n  scope: team:auth\n  hard_cap_credits: 500',
    )
    .action(async (flags: { readonly file: string; readonly json?: boolean; readonly stateDir?: string }) => {
      const client = openControl(flags)
      for (const { kind, id, ...entry } of documentsOf(flags.file)) {
        const { path } = resourceOf(kind)
        print(await client.call('PUT', `/v1/${path}/${part(id)}`, entry), flags)
      }
    })
}

function documentsOf(file: string): readonly z.output<typeof document>[] {
  const documents = parseAllDocuments(readFileSync(file === '-' ? 0 : file, 'utf8'))
  if (documents.length === 0)
    throw usageError(`${file} holds no document; each has a kind, an id and its fields`)
  return documents.map((one, index) => {
    if (one.errors[0] !== undefined)
      throw usageError(`${file}, document ${index + 1}: ${one.errors[0].message}`)
    const parsed = document.safeParse(one.toJS())
    if (!parsed.success) throw usageError(`${file}, document ${index + 1}: it needs a kind and an id`)
    return parsed.data
  })
}

function resourceOf(kind: string | undefined): Resource {
  const resource = resourceNamed(kind ?? '')
  if (resource === undefined) throw usageError(`"${kind ?? ''}" is no kind; known: ${kinds()}`)
  return resource
}
