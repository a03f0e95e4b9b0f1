import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import { defaultProvider } from './lambda-credentials.ts';

/** What the stores say of a client: how long it waits, and how often it tries. */
export interface ClientConfig {
  readonly maxAttempts: number;
  readonly requestHandler: NodeHttpHandlerOptions;
}

export interface SignedRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Characters that need no escaping only. */
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Signed requests to one AWS service over connections that are kept: what a stand-in for an SDK client is made of. */
export class SignedHttp {
  readonly #http: NodeHttpHandler;
  readonly #signer: SignatureV4;
  readonly #triesMax: number;

  constructor(service: string, { requestHandler, maxAttempts }: ClientConfig) {
    this.#triesMax = maxAttempts;
    this.#http = new NodeHttpHandler(requestHandler);
    this.#signer = new SignatureV4({
      service,
      region: REGION,
      credentials: defaultProvider(),
      sha256: Sha256,
      // S3 signs a path as it stands; to other services only `/` goes.
      uriEscapePath: false,
    });
  }

  /**
   * Tries again, as often as the client may, what is not answered or answered by a failure of the service.
   * @throws the connection's error when nothing was answered in time
   */
  async exchange(address: URL, request: SignedRequest): Promise<HttpAnswer> {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await this.#exchangeOnce(address, request);
        if (answer.status < 500 || tries >= this.#triesMax) return answer;
      } catch (error) {
        if (tries >= this.#triesMax) throw error;
      }
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

/** Where a service is, before it is told of another place. */
export const serviceHost = (service: string): string => `${service}.${REGION}.${SUFFIX}`;

/** The address that the environment gives a service, as the SDK reads it; empty where it gives none. */
export const givenAddress = (service: string): string =>
  process.env[`AWS_ENDPOINT_URL_${service}`] ?? process.env['AWS_ENDPOINT_URL'] ?? '';

/** Where a service is called: where the environment says, or else where it is. */
export function serviceAddress(service: string, variable = service.toUpperCase()): URL {
  const given = givenAddress(variable);
  return new URL(given === '' ? `https://${serviceHost(service)}` : given);
}

/** The hash as the signer wants it. */
class Sha256 {
  readonly #secret: Parameters<typeof createHmac>[1] | undefined;
  #hash: Hash | Hmac = createHash('sha256');

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret as Parameters<typeof createHmac>[1] | undefined;
    this.reset();
  }

  reset(): void {
    this.#hash = this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }

  update(bytes: Uint8Array | string): void {
    this.#hash.update(bytes);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}
