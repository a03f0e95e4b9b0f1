import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The range of the IPv6 addresses that IANA assigns for unicast over the internet. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
/** An address of IPv4 is in the last four bytes: mapped, or reached over NAT64. */
const WITH_IPV4_LAST: readonly [ipaddr.IPv6, number][] = [
  [ipaddr.IPv6.parse('::ffff:0:0'), 96],
  [ipaddr.IPv6.parse('64:ff9b::'), 96],
];
/** 6to4: an address of IPv4 is in the bytes 2 to 5. */
const SIX_TO_FOUR: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2002::'), 16];

/**
 * Whether an address is globally reachable by IANA's registries of special addresses. Forms of IPv6 that lead to an
 * address of IPv4 are judged by that one. Multicast, and the few special ranges that are reachable but serve no
 * endpoint, count as not reachable.
 */
export function isGloballyReachable(text: string): boolean {
  if (isIPv4(text)) return ipaddr.IPv4.parse(text).range() === 'unicast';
  // An address with a zone is local to a link.
  if (!isIPv6(text) || text.includes('%')) return false;
  // `ipaddr.js` reads `::8.8.8.8` as the mapped form, which is another address; a URL writes it without dots.
  const address = ipaddr.IPv6.parse(new URL(`http://[${text}]`).hostname.slice(1, -1));
  const bytes = address.toByteArray();
  if (WITH_IPV4_LAST.some((range) => address.match(range))) return isUnicast(bytes.slice(12));
  if (address.match(SIX_TO_FOUR)) return isUnicast(bytes.slice(2, 6));
  return address.match(GLOBAL_UNICAST) && address.range() === 'unicast';
}

const isUnicast = (ipv4: number[]): boolean => new ipaddr.IPv4(ipv4).range() === 'unicast';
