import { describe, expect, it } from 'vitest';
import { isGloballyReachable } from '../../../src/runtime/targets/reachable-address.ts';

type Block = [what: string, ...addresses: string[]];

/** First and last address of each block that IANA's registry for IPv4 calls not globally reachable. */
const REFUSED_IPV4: Block[] = [
  ['this network', '0.0.0.0', '0.255.255.255'],
  ['private', '10.0.0.0', '10.255.255.255'],
  ['shared by a carrier', '100.64.0.0', '100.127.255.255'],
  ['loopback', '127.0.0.0', '127.255.255.255'],
  ['link-local, with the metadata of clouds', '169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['private', '172.16.0.0', '172.31.255.255'],
  ['IETF protocols', '192.0.0.0', '192.0.0.170', '192.0.0.255'],
  ['documentation', '192.0.2.0', '192.0.2.255'],
  ['relays of 6to4', '192.88.99.0', '192.88.99.2', '192.88.99.255'],
  ['private', '192.168.0.0', '192.168.255.255'],
  ['benchmarks', '198.18.0.0', '198.19.255.255'],
  ['documentation', '198.51.100.0', '198.51.100.255'],
  ['documentation', '203.0.113.0', '203.0.113.255'],
  ['multicast', '224.0.0.0', '239.255.255.255'],
  ['reserved', '240.0.0.0', '255.255.255.254'],
  ['broadcast', '255.255.255.255'],
];

/** The same for IPv6, and addresses outside all blocks for unicast. */
const REFUSED_IPV6: Block[] = [
  ['unspecified', '::'],
  ['loopback', '::1'],
  ['an old form of IPv4', '::8.8.8.8', '::7f00:1'],
  ['a translated form of IPv4', '::ffff:0:808:808'],
  ['NAT64 of one network', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:808:808'],
  ['discarded', '100::', '100::ffff:ffff:ffff:ffff', '100:0:0:1::1'],
  ['IETF protocols', '2001:100::', '2001:1ff:ffff::1'],
  ['Teredo', '2001::', '2001:0:ffff:ffff::1'],
  ['benchmarks', '2001:2::', '2001:2:0:ffff::1'],
  ['ORCHID', '2001:10::', '2001:20::1'],
  ['documentation', '2001:db8::', '2001:db8:ffff:ffff::1', '3fff::', '3fff:fff::1'],
  ['segment routing', '5f00::', '5f00:ffff::1'],
  ['unique local, with the metadata of AWS', 'fc00::', 'fd00:ec2::254', 'fdff:ffff::1'],
  ['link-local', 'fe80::', 'fe80::1%1', 'febf:ffff::1'],
  ['site-local', 'fec0::1'],
  ['multicast', 'ff00::', 'ff02::1', 'ffff::'],
  ['given out to nobody', '4000::1', '8000::1', '200::1'],
];

const REACHABLE: Block[] = [
  ['just outside the refused blocks of IPv4', '1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0'],
  ['just outside others', '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255'],
  [
    'just outside others',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
  ],
  ['IPv6', '2000::1', '2606:4700:4700::1111', '2001:4860:4860::8888', '2001:200::1', '3ffe::1'],
];

/** Forms of IPv6 that carry an address of IPv4. */
const CARRYING = {
  mapped: (ipv4: string) => `::ffff:${ipv4}`,
  NAT64: (ipv4: string) => `64:ff9b::${ipv4}`,
  '6to4': (ipv4: string) => `2002:${hexOf(ipv4)}::1`,
};

function hexOf(ipv4: string): string {
  const hex = ipv4.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return `${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`;
}

describe('addresses that may be called', () => {
  it.each([...REFUSED_IPV4, ...REFUSED_IPV6])('do not include %s', (_what, ...addresses: string[]) => {
    expect(addresses.filter((address) => isGloballyReachable(address))).toEqual([]);
  });

  it.each(REACHABLE)('include %s', (_what, ...addresses: string[]) => {
    expect(addresses.filter((address) => !isGloballyReachable(address))).toEqual([]);
  });

  it.each(Object.entries(CARRYING))('are judged by the address of IPv4 that is %s', (_form, carry) => {
    const refused = REFUSED_IPV4.flatMap(([, ...addresses]) => addresses);

    expect(refused.filter((ipv4) => isGloballyReachable(carry(ipv4)))).toEqual([]);
    expect(isGloballyReachable(carry('8.8.8.8'))).toBe(true);
  });

  it.each(['', 'localhost', '127.1', '0x7f.0.0.1', '2130706433', '8.8.8.8:443', '[::1]'])(
    'are written as such: %s',
    (text) => {
      expect(isGloballyReachable(text)).toBe(false);
    },
  );
});
