import type { ApiKey } from '@meterline/domain'

/** Who sends: a key of the registry, or the platform itself with its admin token. */
export type Caller = { readonly kind: 'admin' } | { readonly kind: 'key'; readonly key: ApiKey }

/** What the caller is called in limits and logs. */
export function callerId(caller: Caller): string {
  return caller.kind === 'admin' ? 'admin' : caller.key.id
}

export function maySendForOthers(caller: Caller): boolean {
  return caller.kind === 'admin' || caller.key.may_send_for_others
}
