import { createHash } from 'node:crypto';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { defaultProvider } from './lambda-credentials.ts';
import { Sha256 } from './sha256.ts';
import { systemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';

/** A client's settings from the stores: how long it waits, and how often it tries. */
export interface ClientConfig {
  readonly maxAttempts: number;
  readonly requestHandler: NodeHttpHandlerOptions;
}

export interface SignedRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Contains only characters that need no escaping. */
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** What a client needs besides the network. */
export interface World {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Pick<Random, 'next'>;
}

/** The longest pause before the second try, as in the SDK; it doubles with each further one. */
const FIRST_PAUSE_MS_MAX = 100;

/**
 * Signed requests to one AWS service over persistent connections: the base of the stand-ins for SDK clients.
 * @see docs/decisions/0055-own-clients-in-functions.md
 */
export class SignedHttp {
  readonly #http: NodeHttpHandler;
  readonly #signer: SignatureV4;
  readonly #triesMax: number;
  readonly #world: World;

  constructor(
    service: string,
    { requestHandler, maxAttempts }: ClientConfig,
    world: World = { clock: systemClock, random: systemRandom },
  ) {
    this.#world = world;
    this.#triesMax = maxAttempts;
    this.#http = new NodeHttpHandler(requestHandler);
    this.#signer = new SignatureV4({
      service,
      region: REGION,
      credentials: defaultProvider(),
      sha256: Sha256,
      // S3 signs a path unchanged; requests to other services only use `/`.
      uriEscapePath: false,
    });
  }

  /**
   * Retries a request without an answer, or with a service failure, up to the client's limit. Pauses a random time
   * between tries, so that clients which failed together do not return together.
   * @throws the connection's error when the last try was not answered in time
   */
  async exchange(address: URL, request: SignedRequest): Promise<HttpAnswer> {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await this.#exchangeOnce(address, request);
        if (answer.status < 500 || tries >= this.#triesMax) return answer;
      } catch (error) {
        if (tries >= this.#triesMax) throw error;
      }
      await this.#world.clock.sleep(this.#world.random.next() * FIRST_PAUSE_MS_MAX * 2 ** (tries - 1));
    }
  }

  async #exchangeOnce(
    address: URL,
    { method, path, query = {}, headers = {}, body }: SignedRequest,
  ): Promise<HttpAnswer> {
    const signed = await this.#signer.sign({
      method,
      protocol: address.protocol,
      hostname: address.hostname,
      ...(address.port === '' ? {} : { port: Number(address.port) }),
      path: `${address.pathname.replace(/\/$/, '')}${path}`,
      query,
      headers: {
        ...headers,
        host: address.host,
        'content-length': String(Buffer.byteLength(body ?? '')),
        'x-amz-content-sha256': createHash('sha256')
          .update(body ?? '')
          .digest('hex'),
      },
      ...(body === undefined ? {} : { body }),
    });
    const { response } = await this.#http.handle(signed as Parameters<NodeHttpHandler['handle']>[0]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return { status: response.statusCode, body: Buffer.concat(chunks) };
  }
}

const REGION = process.env['AWS_REGION'] ?? 'us-east-1';
const SUFFIX = REGION.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';

/** The default host of a service. */
export const serviceHost = (service: string): string => `${service}.${REGION}.${SUFFIX}`;

/** The service address in the environment, as the SDK reads it; empty when there is none. */
export const givenAddress = (service: string): string =>
  process.env[`AWS_ENDPOINT_URL_${service}`] ?? process.env['AWS_ENDPOINT_URL'] ?? '';

/** The address of a service: from the environment, or the default. */
export function serviceAddress(service: string, variable = service.toUpperCase()): URL {
  const given = givenAddress(variable);
  return new URL(given === '' ? `https://${serviceHost(service)}` : given);
}
