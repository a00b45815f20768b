// Which addresses a URL made from data must not reach: an IP address in, whether it is this machine's or a private one out.

import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import { BlockList, isIP } from 'node:net'

const blocked = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8], // "this network": reaches this machine on Linux
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local: metadata services of clouds
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  blocked.addSubnet(net, bits, 'ipv4')
}
for (const [net, bits] of [
  ['::', 127], // unspecified and loopback
  ['fc00::', 7], // unique local
  ['fe80::', 10], // link-local
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  blocked.addSubnet(net, bits, 'ipv6')
}

/** @see RFC 6890. An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4) is judged by what it carries. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '')
  const family = isIP(plain)
  if (family === 0) return true
  if (family === 4) return blocked.check(plain, 'ipv4')
  if (blocked.check(plain, 'ipv6')) return true
  const carried = carriedIpv4(plain)
  return carried !== undefined && blocked.check(carried, 'ipv4')
}

function carriedIpv4(address: string): string | undefined {
  const groups = expand(address)
  const isMapped = groups.slice(0, 5).every(g => g === 0) && (groups[5] === 0xffff || groups[5] === 0)
  const isNat64 = groups[0] === 0x64 && groups[1] === 0xff9b
  if (isMapped || isNat64) return dotted(groups[6]!, groups[7]!)
  return groups[0] === 0x2002 ? dotted(groups[1]!, groups[2]!) : undefined
}

/** The eight groups of a valid IPv6 address. */
function expand(address: string): number[] {
  const tail = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const [a, b, c, d] = (tail ?? []).slice(1).map(Number) as [number, number, number, number]
  const hex = tail
    ? address.slice(0, tail.index) + ((a << 8) | b).toString(16) + ':' + ((c << 8) | d).toString(16)
    : address
  const [left = '', right] = hex.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':').map(g => Number.parseInt(g, 16)))
  const head = groups(left)
  const rest = right === undefined ? [] : groups(right)
  return [...head, ...new Array(Math.max(0, 8 - head.length - rest.length)).fill(0), ...rest]
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** What stands in a URL's host as an IP address, without brackets; undefined for a name. */
export function literalAddress(hostname: string): string | undefined {
  const plain = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return isIP(plain) ? plain : undefined
}

export class PrivateAddressError extends Error {
  constructor(host: string) {
    super(
      `the URL is built from data and "${host}" is a loopback or private address; allowPrivateNetwork: true allows it`,
    )
    this.name = 'PrivateAddressError'
  }
}

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void

/**
 * dns.lookup that fails when any of a name's addresses is private. The socket connects to the very addresses that
 * were checked here, so a name that resolves otherwise a moment later gains nothing.
 */
export function guardedLookup(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, [])
    if (addresses.some(({ address }) => isPrivateAddress(address))) {
      return callback(new PrivateAddressError(hostname), [])
    }
    if (options.all) return callback(null, addresses)
    const first = addresses[0]
    if (!first) return callback(new Error(`"${hostname}" has no address`), [])
    callback(null, first.address, first.family)
  })
}
