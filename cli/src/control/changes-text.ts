import colors from 'picocolors'

import { creditsText } from '../output/format.ts'
import type { AppliedFile } from './apply-file.ts'

type Change = Omit<AppliedFile['changes'][number], 'fields'> & { readonly fields: readonly FieldChange[] }
interface FieldChange {
  readonly field: string
  readonly before?: unknown
  readonly after?: unknown
}

const MAX_VALUE_CHARACTERS = 60

/** A diff for people: `+` added, `~` changed with its fields, `-` removed. Credits are shown as credits. */
export function changesText(changes: readonly Change[]): string {
  return changes
    .flatMap((change) => [
      headText(change),
      ...(change.change === 'changed' ? change.fields.map(fieldText) : []),
    ])
    .join('\n')
}

function headText({ change, kind, id }: Change): string {
  const name = `${kind.replaceAll('_', ' ')} ${id}`
  switch (change) {
    case 'added':
      return colors.green(`+ ${name}`)
    case 'changed':
      return colors.yellow(`~ ${name}`)
    case 'removed':
      return colors.red(`- ${name}`)
  }
}

function fieldText({ field, before, after }: FieldChange): string {
  return `    ${field.replace(/_micro$/, '')}: ${valueText(field, before)} → ${valueText(field, after)}`
}

function valueText(field: string, value: unknown): string {
  if (value === undefined) return '(none)'
  if (field.endsWith('_credits_micro') && typeof value === 'number') return creditsText(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > MAX_VALUE_CHARACTERS ? `${text.slice(0, MAX_VALUE_CHARACTERS)}…` : text
}
