import { createHash } from 'node:crypto';
import {
  type ClientConfig,
  givenAddress,
  type HttpAnswer,
  SignedHttp,
  serviceHost,
  type World,
} from './lambda-http.ts';

/** Replaces `@aws-sdk/client-s3` in bundles: the five commands that `S3ObjectStore` sends, with its interface. */
export class S3Client {
  readonly #http: SignedHttp;

  constructor(config: ClientConfig, world?: World) {
    this.#http = new SignedHttp('s3', config, world);
  }

  /** @throws S3Failure, or the connection's error when S3 did not answer */
  async send<Output>(command: Command<Output>): Promise<Output> {
    const { bucket, key, ...request } = command.request;
    const answer = await this.#http.exchange(addressOf(bucket), { ...request, path: `/${key}` });
    if (answer.status < 300) return command.read(answer.body);
    throw new S3Failure(answer);
  }
}

/** A custom endpoint has the bucket in its path; AWS has it in the host name. */
function addressOf(bucket: string): URL {
  const given = givenAddress('S3');
  return new URL(given === '' ? `https://${bucket}.${serviceHost('s3')}` : `${given.replace(/\/$/, '')}/${bucket}`);
}

interface ObjectRequest {
  readonly bucket: string;
  /** Contains only characters that need no escaping; object names have no others. */
  readonly key: string;
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array | string;
}

/** A request, and how to read its answer. */
interface Command<Output> {
  readonly request: ObjectRequest;
  read(body: Buffer): Output;
}

interface ObjectAddress {
  readonly Bucket: string;
  readonly Key: string;
}

/** A refusal of S3, with the names of the SDK's errors. */
class S3Failure extends Error {
  readonly $metadata: { readonly httpStatusCode: number };

  constructor({ status, body }: HttpAnswer) {
    const text = body.toString();
    super(elements(text, 'Message')[0] ?? `S3 answered ${status}`);
    this.name = elements(text, 'Code')[0] ?? 'UnknownError';
    this.$metadata = { httpStatusCode: status };
  }
}

export class PutObjectCommand implements Command<void> {
  readonly request: ObjectRequest;

  constructor(put: ObjectAddress & { readonly Body: Uint8Array; readonly IfNoneMatch: string; Tagging?: string }) {
    const tagging: Record<string, string> = put.Tagging === undefined ? {} : { 'x-amz-tagging': put.Tagging };
    const headers = { 'if-none-match': put.IfNoneMatch, ...tagging };
    this.request = { bucket: put.Bucket, key: put.Key, method: 'PUT', headers, body: put.Body };
  }

  read(): void {}
}

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export class PutObjectTaggingCommand implements Command<void> {
  readonly request: ObjectRequest;

  constructor(put: ObjectAddress & { readonly Tagging: { readonly TagSet: readonly Tag[] } }) {
    // Keys and values are our own words and need no escaping.
    const tags = put.Tagging.TagSet.map(({ Key, Value }) => `<Tag><Key>${Key}</Key><Value>${Value}</Value></Tag>`);
    const body = `<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>${tags.join('')}</TagSet></Tagging>`;
    // S3 requires it for this request.
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    this.request = { bucket: put.Bucket, key: put.Key, method: 'PUT', query: { tagging: '' }, headers, body };
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

/** Texts of all elements of that name; the elements read here are flat and need no unescaping. */
const elements = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].flatMap(([, text]) => text ?? []);
