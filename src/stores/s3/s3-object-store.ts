import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { assert } from '../../model/assert.ts';
import { QueueError } from '../../model/errors.ts';
import type { ByteRange, ObjectStore } from '../../ports/object-store.ts';

/** Two writers met; S3 asks the rejected one to retry. */
const PUT_TRIES_MAX = 3;

/** The tag that the bucket's lifecycle rules match: a rule can require a tag, but not its absence. */
const EXPIRES_TAG = 'expires';

/**
 * Objects in a bucket. `client` decides about time limits and retries. A put may be retried, because every try carries
 * the condition: at worst, after a stored try without an answer, the next one returns `exists`, which is true.
 */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  /** Starts every name in the bucket, and is visible nowhere else. */
  readonly #prefix: string;

  constructor(options: { readonly client: S3Client; readonly bucket: string; readonly prefix?: string }) {
    this.#client = options.client;
    this.#bucket = options.bucket;
    this.#prefix = options.prefix ?? '';
  }

  async putIfAbsent(
    name: string,
    bytes: Uint8Array,
    { canExpire = false }: { readonly canExpire?: boolean } = {},
  ): Promise<'stored' | 'exists'> {
    const tagging = canExpire ? { Tagging: `${EXPIRES_TAG}=yes` } : {};
    const put = new PutObjectCommand({ ...this.#address(name), Body: bytes, IfNoneMatch: '*', ...tagging });
    for (let tries = 1; ; tries++) {
      try {
        await this.#client.send(put);
        return 'stored';
      } catch (error) {
        if (statusOf(error) === 412) return 'exists';
        // Not proof that the name exists: the other writer may have been a removal.
        const mayTryAgain = statusOf(error) === 409 && tries < PUT_TRIES_MAX;
        if (!mayTryAgain) throw refusal(`store ${name}`, error);
      }
    }
  }

  async keep(name: string): Promise<void> {
    const Tagging = { TagSet: [{ Key: EXPIRES_TAG, Value: 'no' }] };
    try {
      await this.#client.send(new PutObjectTaggingCommand({ ...this.#address(name), Tagging }));
    } catch (error) {
      if (nameOf(error) !== 'NoSuchKey') throw refusal(`keep ${name}`, error);
    }
  }

  async get(name: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const part = range === undefined ? {} : { Range: rangeHeader(range) };
    try {
      const object = await this.#client.send(new GetObjectCommand({ ...this.#address(name), ...part }));
      return (await object.Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (error) {
      if (nameOf(error) === 'NoSuchKey') return undefined;
      // The object ends before the range starts.
      if (statusOf(error) === 416) return new Uint8Array();
      throw refusal(`read ${name}`, error);
    }
  }

  async remove(name: string): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand(this.#address(name)));
    } catch (error) {
      throw refusal(`remove ${name}`, error);
    }
  }

  async list(prefix: string, options: { readonly after?: string; readonly limit: number }): Promise<readonly string[]> {
    const names: string[] = [];
    let after = options.after ?? '';
    for (let isMore = true; isMore; ) {
      const page = await this.#page({ prefix, after, limit: options.limit - names.length });
      names.push(...page.names);
      // S3 may return fewer names than requested and still have more.
      isMore = page.isCut && names.length < options.limit;
      after = names.at(-1) ?? after;
    }
    return names;
  }

  async #page(range: { prefix: string; after: string; limit: number }): Promise<{ names: string[]; isCut: boolean }> {
    try {
      const page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: this.#prefix + range.prefix,
          MaxKeys: range.limit,
          ...(range.after === '' ? {} : { StartAfter: this.#prefix + range.after }),
        }),
      );
      const names = (page.Contents ?? []).map((object) => (object.Key ?? '').slice(this.#prefix.length));
      return { names, isCut: page.IsTruncated === true && names.length > 0 };
    } catch (error) {
      throw refusal(`list ${range.prefix}`, error);
    }
  }

  #address(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + name };
  }
}

function rangeHeader({ offset, length }: ByteRange): string {
  assert(offset >= 0 && length >= 1, `${length} bytes from ${offset} are a range`);
  return `bytes=${offset}-${offset + length - 1}`;
}

interface S3Failure {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const nameOf = (error: unknown): string => (error as S3Failure).name ?? '';
const statusOf = (error: unknown): number | undefined => (error as S3Failure).$metadata?.httpStatusCode;

const refusal = (action: string, cause: unknown): QueueError =>
  nameOf(cause) === 'SlowDown' || statusOf(cause) === 429
    ? new QueueError('Throttled', `the object store is at its limit and did not ${action}; try again later`, { cause })
    : new QueueError('Unavailable', `the object store did not ${action}; try again later`, { cause });
