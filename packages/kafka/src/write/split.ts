import type { OutputMessage } from '@meterline/topology'
import { messageSizeBound } from '../wire/record-batch.ts'

/** Cuts messages, in order, into groups of at most `maxBytes`; a message larger than that stands alone. */
export function splitBySize(
  messages: readonly OutputMessage[],
  maxBytes: number,
): (readonly OutputMessage[])[] {
  const groups: (readonly OutputMessage[])[] = []
  let start = 0
  let bytes = 0
  for (let index = 0; index < messages.length; index++) {
    const size = messageSizeBound(messages[index]!)
    if (index > start && bytes + size > maxBytes) {
      groups.push(messages.slice(start, index))
      start = index
      bytes = 0
    }
    bytes += size
  }
  if (start === 0) return messages.length === 0 ? groups : [messages]
  groups.push(messages.slice(start))
  return groups
}
