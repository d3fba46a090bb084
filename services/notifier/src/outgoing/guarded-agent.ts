import { lookup as resolveName } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { Agent } from 'undici'

import { OutgoingError } from './outgoing-error.ts'
import { isPrivateAddress } from './private-addresses.ts'

const CONNECT_TIMEOUT_MS = 5_000
const MAX_HEADER_BYTES = 16 * 1024

export interface AddressRule {
  /** Loopback, link-local and private addresses may be reached: for tests, the demo, and receivers inside the own network. */
  readonly allowPrivate: boolean
}

/**
 * Connections for requests whose address somebody wrote into a channel. The address that is checked is the one that is
 * connected to: the check is the connection's own look-up, so a name cannot resolve to another address in between.
 */
export function guardedAgent(rule: AddressRule): Agent {
  return new Agent({
    connect: { lookup: guardedLookup(rule), timeout: CONNECT_TIMEOUT_MS },
    // One request a connection: a kept connection that its peer has closed would look like a failed delivery.
    pipelining: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
  })
}

/** Throws `OutgoingError`: a literal address never comes to a look-up, so it is checked here. */
export function checkedUrl(text: string, rule: AddressRule): URL {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new OutgoingError('invalid_url', 'the address is no http(s) URL')
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) refusePrivate([{ address: host, family: isIP(host) }], rule)
  return url
}

function guardedLookup(rule: AddressRule): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0)
      try {
        refusePrivate(addresses, rule)
      } catch (refusal) {
        return callback(refusal as OutgoingError, '', 0)
      }
      const [first] = addresses
      if (options.all === true) return callback(null, addresses)
      return callback(null, first?.address ?? '', first?.family ?? 0)
    })
  }
}

/** One private address among several is enough: which one is connected to is not ours to choose. */
function refusePrivate(addresses: readonly LookupAddress[], { allowPrivate }: AddressRule): void {
  if (allowPrivate || !addresses.some(({ address }) => isPrivateAddress(address))) return
  throw new OutgoingError(
    'forbidden_address',
    'the address is loopback, link-local or private: NOTIFIER_ALLOW_PRIVATE=true permits those',
  )
}
