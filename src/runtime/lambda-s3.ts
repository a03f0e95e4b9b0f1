import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import { defaultProvider } from './lambda-credentials.ts';

/**
 * Stands in for `@aws-sdk/client-s3` in bundles: the four commands that `S3ObjectStore` sends, as it sends them, over
 * the signing and the connections that the DynamoDB client brings along. The SDK's own client would be a third of a
 * bundle and of its start.
 */
export class S3Client {
  readonly #http: NodeHttpHandler;
  readonly #triesMax: number;
  readonly #endpoint = process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'] ?? '';
  readonly #region = process.env['AWS_REGION'] ?? 'us-east-1';
  readonly #signer: SignatureV4;

  constructor(config: { readonly maxAttempts: number; readonly requestHandler: NodeHttpHandlerOptions }) {
    this.#http = new NodeHttpHandler(config.requestHandler);
    this.#triesMax = config.maxAttempts;
    this.#signer = new SignatureV4({
      service: 's3',
      region: this.#region,
      credentials: defaultProvider(),
      sha256: Sha256,
      // S3 signs a path as it stands, unlike every other service.
      uriEscapePath: false,
    });
  }

  /** @throws S3Failure, or the connection's error when S3 did not answer */
  async send<Output>(command: Command<Output>): Promise<Output> {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await this.#exchange(command.request);
        if (answer.status < 300) return command.read(answer.body);
        const failure = new S3Failure(answer);
        if (answer.status < 500 || tries >= this.#triesMax) throw failure;
      } catch (error) {
        if (error instanceof S3Failure || tries >= this.#triesMax) throw error;
      }
    }
  }

  async #exchange({ bucket, key, method, query = {}, headers = {}, body }: ObjectRequest): Promise<Answer> {
    const address = new URL(this.#addressOf(bucket));
    const signed = await this.#signer.sign({
      method,
      protocol: address.protocol,
      hostname: address.hostname,
      ...(address.port === '' ? {} : { port: Number(address.port) }),
      path: `${address.pathname.replace(/\/$/, '')}/${key}`,
      query,
      headers: {
        ...headers,
        host: address.host,
        'content-length': String(body?.length ?? 0),
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

  /** An endpoint that is given has the bucket in its path; AWS has it in the host's name. */
  #addressOf(bucket: string): string {
    if (this.#endpoint !== '') return `${this.#endpoint.replace(/\/$/, '')}/${bucket}`;
    const suffix = this.#region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    return `https://${bucket}.s3.${this.#region}.${suffix}`;
  }
}

interface ObjectRequest {
  readonly bucket: string;
  /** Characters that need no escaping only, which is all that object names are made of. */
  readonly key: string;
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** A request, and what its answer says. */
interface Command<Output> {
  readonly request: ObjectRequest;
  read(body: Buffer): Output;
}

interface ObjectAddress {
  readonly Bucket: string;
  readonly Key: string;
}

/** A refusal of S3, with the names that errors of the SDK have. */
class S3Failure extends Error {
  readonly $metadata: { readonly httpStatusCode: number };

  constructor({ status, body }: Answer) {
    const text = body.toString();
    super(elements(text, 'Message')[0] ?? `S3 answered ${status}`);
    this.name = elements(text, 'Code')[0] ?? 'UnknownError';
    this.$metadata = { httpStatusCode: status };
  }
}

export class PutObjectCommand implements Command<void> {
  readonly request: ObjectRequest;

  constructor(put: ObjectAddress & { readonly Body: Uint8Array; readonly IfNoneMatch: string }) {
    const headers = { 'if-none-match': put.IfNoneMatch };
    this.request = { bucket: put.Bucket, key: put.Key, method: 'PUT', headers, body: put.Body };
  }

  read(): void {}
}

export class GetObjectCommand implements Command<{ readonly Body: { transformToByteArray(): Promise<Uint8Array> } }> {
  readonly request: ObjectRequest;

  constructor(get: ObjectAddress & { readonly Range?: string }) {
    const headers: Record<string, string> = get.Range === undefined ? {} : { range: get.Range };
    this.request = { bucket: get.Bucket, key: get.Key, method: 'GET', headers };
  }

  read(body: Buffer) {
    return { Body: { transformToByteArray: async () => body } };
  }
}

export class DeleteObjectCommand implements Command<void> {
  readonly request: ObjectRequest;

  constructor({ Bucket, Key }: ObjectAddress) {
    this.request = { bucket: Bucket, key: Key, method: 'DELETE' };
  }

  read(): void {}
}

interface ListedPage {
  readonly Contents: readonly { readonly Key: string }[];
  readonly IsTruncated: boolean;
}

export class ListObjectsV2Command implements Command<ListedPage> {
  readonly request: ObjectRequest;

  constructor(list: { Bucket: string; Prefix: string; MaxKeys: number; StartAfter?: string }) {
    const query = {
      'list-type': '2',
      prefix: list.Prefix,
      'max-keys': String(list.MaxKeys),
      ...(list.StartAfter === undefined ? {} : { 'start-after': list.StartAfter }),
    };
    this.request = { bucket: list.Bucket, key: '', method: 'GET', query };
  }

  read(body: Buffer): ListedPage {
    const text = body.toString();
    const Contents = elements(text, 'Key').map((Key) => ({ Key }));
    return { Contents, IsTruncated: elements(text, 'IsTruncated')[0] === 'true' };
  }
}

/** Texts of all elements of that name; none of those that are read here holds others, or needs unescaping. */
const elements = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].flatMap(([, text]) => text ?? []);

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
