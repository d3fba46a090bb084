import { BlockList, isIPv6 } from 'node:net'

/**
 * Addresses that are not out in the world: loopback, link-local (cloud metadata included), private, carrier-grade, multicast,
 * documentation and reserved ranges, and the IPv6 forms that carry an IPv4 address.
 * Source: IANA special-purpose address registries.
 */
export function isPrivateAddress(address: string): boolean {
  const bare = address.split('%')[0] ?? address
  return PRIVATE.check(bare, isIPv6(bare) ? 'ipv6' : 'ipv4')
}

const PRIVATE_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

// `::/96` holds ::, ::1 and the IPv4-compatible form; 64:ff9b::/96 and 2002::/16 lead to IPv4 addresses of any kind.
const PRIVATE_IPV6: readonly (readonly [string, number])[] = [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
]

// A BlockList compares IPv4-mapped addresses (::ffff:a.b.c.d) with the IPv4 rules by itself.
const PRIVATE = new BlockList()
for (const [net, prefix] of PRIVATE_IPV4) PRIVATE.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of PRIVATE_IPV6) PRIVATE.addSubnet(net, prefix, 'ipv6')
