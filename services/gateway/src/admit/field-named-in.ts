import { usageEventCodec } from '@meterline/contract'

const FIELDS: ReadonlySet<string> = new Set(
  (usageEventCodec.type.schema() as { readonly fields: readonly { readonly name: string }[] }).fields.map(
    ({ name }) => name,
  ),
)

/** The field that a rejection's sentence begins with, such as `units.tokens_input`. */
export function fieldNamedIn(sentence: string): string | undefined {
  const [first = ''] = sentence.split(' ', 1)
  return FIELDS.has(first.split('.', 1)[0] ?? '') ? first : undefined
}
