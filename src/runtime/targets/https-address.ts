import { isIP } from 'node:net';
import { isAllowedUrl } from './allowed-targets.ts';
import { isGloballyReachable } from './reachable-address.ts';

/** Which addresses may be called. */
export interface CallableAddresses {
  /** Origins that are called whatever their address, port and scheme, like `http://127.0.0.1:3000`. @default none */
  readonly allowedOrigins?: readonly string[];
  /** Hosts that are never called: the deployment's own. @default none */
  readonly refusedHosts?: readonly string[];
}

const PORT = '443';

/** Why a URL is never called, whatever its host resolves to; `undefined` if it may be. Follows "url" in a sentence. */
export function urlRefusal(
  text: string,
  { allowedOrigins = [], refusedHosts = [] }: CallableAddresses,
): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL, like https://example.com/orders';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
  if (refusedHosts.includes(hostOf(url))) return "must not name this deployment's own host";
  if (isAllowedUrl(url, allowedOrigins)) return undefined;
  if (url.protocol !== 'https:') return 'must begin with https://';
  if ((url.port || PORT) !== PORT) return 'must have port 443';
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isGloballyReachable(host)) return 'must name a host that the whole internet can reach';
  return undefined;
}

/** A name in lower case without its final dot, or an address without brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
