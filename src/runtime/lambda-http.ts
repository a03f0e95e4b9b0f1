import { createHash } from 'node:crypto';
import { addAbortSignal, type Readable } from 'node:stream';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { Sha256 } from './sha256.ts';
import { systemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';

/** A client's settings: how long it waits, and how often it tries. */
export interface ClientConfig {
  readonly maxAttempts: number;
  readonly requestHandler: NodeHttpHandlerOptions;
  /** @default that of the environment */
  readonly region?: string;
}

export interface SignedRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Escaped where it has to be. */
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Ends the exchange when it aborts. */
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
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
    { requestHandler, maxAttempts, region = REGION }: ClientConfig,
    world: World = { clock: systemClock, random: systemRandom },
  ) {
    this.#world = world;
    this.#triesMax = maxAttempts;
    this.#http = new NodeHttpHandler(requestHandler);
    this.#signer = new SignatureV4({
      service,
      region,
      // In a function they always come from the environment.
      credentials: fromEnv(),
      sha256: Sha256,
      // S3 signs a path unchanged, other services sign its escaped form.
      uriEscapePath: service !== 's3',
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
    { method, path, query = {}, headers = {}, body, signal }: SignedRequest,
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
    const { response } = await this.#http.handle(
      signed as Parameters<NodeHttpHandler['handle']>[0],
      signal === undefined ? {} : { abortSignal: signal },
    );
    const stream = response.body as Readable;
    if (signal !== undefined) addAbortSignal(signal, stream);
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk as Uint8Array);
    return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
  }
}

const REGION = process.env['AWS_REGION'] ?? 'us-east-1';
const suffixOf = (region: string) => (region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com');

/** The default host of a service. */
export const serviceHost = (service: string, region = REGION): string => `${service}.${region}.${suffixOf(region)}`;

/** The service address in the environment, as the SDK reads it; empty when there is none. */
export const givenAddress = (service: string): string =>
  process.env[`AWS_ENDPOINT_URL_${service}`] ?? process.env['AWS_ENDPOINT_URL'] ?? '';

/** The address of a service: from the environment, or the default. */
export function serviceAddress(service: string, variable = service.toUpperCase(), region = REGION): URL {
  const given = givenAddress(variable);
  return new URL(given === '' ? `https://${serviceHost(service, region)}` : given);
}
