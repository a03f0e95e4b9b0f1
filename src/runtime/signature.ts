import { createHash, timingSafeEqual } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { EpochMs } from '../model/brand.ts';
import { Sha256 } from './sha256.ts';

/** A request in its wire form. */
export interface SignedRequest {
  readonly method: string;
  /** Still encoded. */
  readonly path: string;
  /** Without its question mark, still encoded. */
  readonly query: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | Uint8Array;
}

/** The signature fields of a request. */
export interface SignatureFields {
  readonly keyId: string;
  readonly atMs: EpochMs;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** Seconds for which a signature in the query is valid; one in the header is valid for minutes. */
  readonly expiresSeconds?: number;
}

/** `missing`: the request is not signed; `incomplete`: its signature fields cannot be read. */
export type SignatureOutcome = SignatureFields | 'missing' | 'incomplete';

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** AWS signs URLs for a week at most. */
const PRESIGN_SECONDS_MAX = 604_800;

/** Reads a request's signature fields from the header `Authorization` or a presigned query. */
export function readSignature({ headers, query }: SignedRequest): SignatureOutcome {
  const { authorization } = headers;
  if (authorization !== undefined) {
    if (!authorization.startsWith(`${ALGORITHM} `)) return 'incomplete';
    const fields = new Map(
      authorization
        .slice(ALGORITHM.length)
        .split(',')
        .map((field) => {
          const [name = '', ...value] = field.trim().split('=');
          return [name, value.join('=')] as const;
        }),
    );
    return signatureFieldsOf({
      credential: fields.get('Credential'),
      date: headers['x-amz-date'],
      signedHeaders: fields.get('SignedHeaders'),
      signature: fields.get('Signature'),
    });
  }
  if (!query.includes('X-Amz-Signature=')) return 'missing';
  const parameters = new URLSearchParams(query);
  const expires = parameters.get('X-Amz-Expires') ?? '';
  const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0;
  if (parameters.get('X-Amz-Algorithm') !== ALGORITHM || seconds < 1 || seconds > PRESIGN_SECONDS_MAX) {
    return 'incomplete';
  }
  const fields = signatureFieldsOf({
    credential: parameters.get('X-Amz-Credential') ?? undefined,
    date: parameters.get('X-Amz-Date') ?? undefined,
    signedHeaders: parameters.get('X-Amz-SignedHeaders') ?? undefined,
    signature: parameters.get('X-Amz-Signature') ?? undefined,
  });
  return typeof fields === 'string' ? fields : { ...fields, expiresSeconds: seconds };
}

type Parts = Record<'credential' | 'date' | 'signedHeaders' | 'signature', string | undefined>;

function signatureFieldsOf({
  credential = '',
  date = '',
  signedHeaders = '',
  signature = '',
}: Parts): SignatureOutcome {
  const [keyId = '', day, region = '', service = '', end, ...more] = credential.split('/');
  const at = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  const names = signedHeaders.split(';');
  const isWhole = keyId !== '' && end === 'aws4_request' && more.length === 0 && /^[0-9a-f]{64}$/.test(signature);
  if (!isWhole || at === null || !date.startsWith(`${day}T`) || !names.includes('host')) return 'incomplete';
  const [, year, month, monthDay, hour, minute, second] = at.map(Number);
  const atMs = Date.UTC(year ?? 0, (month ?? 1) - 1, monthDay, hour, minute, second) as EpochMs;
  return { keyId, atMs, region, service, signedHeaders: names, signature };
}

/** Whether a request carries the signature that `secret` makes for it, its body included. Compares in constant time. */
export async function isSignedWith(request: SignedRequest, fields: SignatureFields, secret: string): Promise<boolean> {
  const { headers } = request;
  // This header names the called operation: unsigned, it could be changed on the way.
  if (headers['x-amz-target'] !== undefined && !fields.signedHeaders.includes('x-amz-target')) return false;
  const bodyHash = createHash('sha256').update(request.body).digest('hex');
  const toldHash = headers['x-amz-content-sha256'];
  // The signature covers this header's hash of the body, so the hash must match the body.
  if (toldHash !== undefined && toldHash !== bodyHash) return false;
  // A gateway may drop the length's header; the body gives its value.
  const length = String(Buffer.byteLength(request.body));
  const told: SignedRequest['headers'] = { 'content-length': length, ...headers };
  const signed = Object.fromEntries(fields.signedHeaders.map((name) => [name, told[name] ?? '']));
  const http = {
    method: request.method,
    protocol: 'http:',
    hostname: headers['host'] ?? '',
    path: request.path,
    query: queryOf(request.query),
    headers: signed,
    body: request.body,
  };
  const settings = {
    credentials: { accessKeyId: fields.keyId, secretAccessKey: secret },
    region: fields.region,
    service: fields.service,
    sha256: Sha256,
    applyChecksum: false,
  };
  const options = { signingDate: new Date(fields.atMs), signableHeaders: new Set(fields.signedHeaders) };
  const isSignedBy = async (signer: SignatureV4): Promise<boolean> => {
    const expected =
      fields.expiresSeconds === undefined
        ? signatureIn((await signer.sign(http, options)).headers['authorization'])
        : (await signer.presign(http, { ...options, expiresIn: fields.expiresSeconds })).query?.['X-Amz-Signature'];
    return typeof expected === 'string' && timingSafeEqual(Buffer.from(expected), Buffer.from(fields.signature));
  };
  if (await isSignedBy(new SignatureV4(settings))) return true;
  // Before release 8.3 curl signs a query as it is written, not sorted by name.
  return request.query.includes('&') && (await isSignedBy(new SignerAsWritten(settings, request.query)));
}

/** Signs a query as it is written. */
class SignerAsWritten extends SignatureV4 {
  readonly #query: string;

  constructor(settings: ConstructorParameters<typeof SignatureV4>[0], query: string) {
    super(settings);
    this.#query = query;
  }

  protected override createCanonicalRequest(...request: Parameters<SignatureV4['createCanonicalRequest']>): string {
    const [method = '', path = '', , ...rest] = super.createCanonicalRequest(...request).split('\n');
    return [method, path, this.#query, ...rest].join('\n');
  }
}

const signatureIn = (authorization: string | undefined): string | undefined =>
  /Signature=([0-9a-f]{64})/.exec(authorization ?? '')?.[1];

/** The headers that sign a request with a key, including `host`. */
export async function signatureHeaders(
  request: SignedRequest & { readonly service: string; readonly region: string },
  key: { readonly id: string; readonly secret: string },
): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
    region: request.region,
    service: request.service,
    sha256: Sha256,
    applyChecksum: false,
  });
  const headers = { host: request.headers['host'] ?? '' };
  const { method, path, body } = request;
  const http = {
    method,
    protocol: 'http:',
    hostname: headers.host,
    path,
    query: queryOf(request.query),
    headers,
    body,
  };
  return (await signer.sign(http)).headers;
}

/** What the library adds by itself when it presigns. */
const PRESIGNED = /^X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature)$/;

function queryOf(query: string): Record<string, string | string[]> {
  const parameters: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (PRESIGNED.test(name)) continue;
    const before = parameters[name];
    parameters[name] = before === undefined ? value : [before, value].flat();
  }
  return parameters;
}
