import { lookup } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { PushAnswer } from '../../ports/push-target.ts';
import { isAllowedUrl } from './allowed-targets.ts';
import { type CallableAddresses, hostOf, urlRefusal } from './https-address.ts';
import { HttpsExchange, type HttpsPost } from './https-exchange.ts';
import { isGloballyReachable } from './reachable-address.ts';

interface SenderOptions extends CallableAddresses {
  /** All addresses of a host; rejects when there are none. @default the system's resolver */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** From the first packet to the end of the TLS handshake, and before that for the resolver. @default 5 s */
  readonly connectMs?: number;
  /** From the head of an answer to its end. @default 10 s */
  readonly bodyMs?: number;
  /** Root certificates, in PEM. @default Node's */
  readonly ca?: string;
}

/** Below the 5 s after which many servers close an idle connection: a request on a closing one would be unclear. */
const KEPT_IDLE_MS = 2_000;

const systemAddresses = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Sends signed requests to endpoints of users. It needs no key and no permission, so nothing is lost to an endpoint
 * that deceives it. It connects only to addresses that the whole internet can reach, and to origins that the operator
 * allows.
 *
 * @see docs/decisions/0065-targets-of-push.md
 */
export class HttpsSender {
  readonly #options: SenderOptions;
  readonly #agents;

  constructor(options: SenderOptions = {}) {
    this.#options = options;
    const { ca } = options;
    this.#agents = {
      'http:': new http.Agent({ keepAlive: true, timeout: KEPT_IDLE_MS }),
      // An environment variable could turn the check of certificates off.
      'https:': new https.Agent({
        keepAlive: true,
        timeout: KEPT_IDLE_MS,
        rejectUnauthorized: true,
        ...(ca === undefined ? {} : { ca }),
      }),
    };
  }

  /** Sends once, and never again: the endpoint may have worked on it. Never rejects. */
  async send(post: HttpsPost): Promise<PushAnswer> {
    if (urlRefusal(post.url, this.#options) !== undefined) return { end: { kind: 'addressRefused' } };
    const url = new URL(post.url);
    const { allowedOrigins = [], connectMs = 5_000, bodyMs = 10_000 } = this.#options;
    const isCallable = isAllowedUrl(url, allowedOrigins) ? () => true : isGloballyReachable;
    const addresses = await this.#addressesOf(hostOf(url), connectMs);
    if (addresses.length === 0) return { end: { kind: 'nameNotResolved' } };
    // One forbidden address shows that the name cannot be trusted, or that it leads to an internal network.
    if (!addresses.every(isCallable)) return { end: { kind: 'addressRefused' } };
    const agent = this.#agents[url.protocol as 'http:' | 'https:'];
    const exchange = new HttpsExchange(post, { agent, addresses, isCallable, connectMs, bodyMs });
    return await exchange.answer(post.timeoutMs);
  }

  /** Ends connections that are kept for the next call. */
  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #addressesOf(host: string, limitMs: number): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    const { resolve = systemAddresses } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<readonly string[]>((settle) => {
      timer = setTimeout(() => settle([]), limitMs);
    });
    try {
      return await Promise.race([resolve(host), late]);
    } catch {
      return [];
    } finally {
      clearTimeout(timer);
    }
  }
}
