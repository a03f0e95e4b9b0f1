/**
 * Loads before a function's bundle (`node --import`), and is the internet that the function sees: a resolver with the
 * names below, and a route from a public address to an endpoint of the test, whose port the query of this module names.
 * The bundle stays as it is, and judges addresses and certificates by its own rules.
 */
import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';

/** Of a part of the internet that IANA has taken back, so it is nobody's. */
const PUBLIC = '3ffe::1';
const ADDRESSES = { 'endpoint.test': PUBLIC, 'inside.test': '127.0.0.1' };
const port = Number(new URL(import.meta.url).searchParams.get('port'));

dns.lookup = async (host) => {
  const address = ADDRESSES[host];
  if (address === undefined) throw Object.assign(new Error(`${host} is unknown`), { code: 'ENOTFOUND' });
  return [{ address, family: address === PUBLIC ? 6 : 4 }];
};
syncBuiltinESMExports();

const connect = Socket.prototype.connect;
Socket.prototype.connect = function (options, ...rest) {
  if (addressIn(options) !== PUBLIC) return connect.call(this, options, ...rest);
  Object.defineProperty(this, 'remoteAddress', { get: () => (this.connecting ? undefined : PUBLIC) });
  return connect.call(this, { ...options, port, host: '127.0.0.1', lookup: undefined }, ...rest);
};

/** Where the bundle connects to; it has resolved the name before. */
function addressIn({ host, lookup }) {
  let chosen;
  lookup?.(host, {}, (_error, address) => {
    chosen = address;
  });
  return chosen;
}
