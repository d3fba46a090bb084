import type { Warning } from '@meterline/domain'

/** A warning as answers have it: which entity, which field, what is wrong, and the way out. */
export function warningAnswer({ code, about, field, message, hint }: Warning) {
  return { code, kind: about.kind, id: about.id, field, message, hint }
}
