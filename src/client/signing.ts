import { SignatureV4 } from '@smithy/signature-v4';

/** Credentials of IAM, or an access key that a RewindMQ server issued. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Credentials, or a function that returns fresh ones; called before every request. */
export type CredentialSource = Credentials | (() => Promise<Credentials>);

interface Signable {
  readonly method: string;
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/** Returns the headers that sign a request. */
export type Sign = (request: Signable) => Promise<Record<string, string>>;

/** @param region by default from the host name of an AWS endpoint; a local server takes any */
export function signer(url: URL, credentials: CredentialSource, region?: string): Sign {
  const [, service, regionOfHost] = /\.(execute-api|lambda-url)\.([a-z0-9-]+)\.(?:on|amazonaws)\./.exec(url.host) ?? [];
  const signature = new SignatureV4({
    service: service === 'lambda-url' ? 'lambda' : 'execute-api',
    region: region ?? regionOfHost ?? 'us-east-1',
    credentials,
    sha256: WebSha256,
  });
  return async ({ method, url, headers, body }) => {
    const { headers: signed } = await signature.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...headers, host: url.host },
      body,
    });
    // `fetch` writes this header itself, and browsers forbid setting it.
    const { host: _, ...rest } = signed;
    return rest;
  };
}

type Source = string | ArrayBuffer | ArrayBufferView;

/** WebCrypto's SHA-256, and HMAC with a secret, in the signing library's interface. */
class WebSha256 {
  readonly #secret: Source | undefined;
  #parts: Uint8Array[] = [];

  constructor(secret?: Source) {
    this.#secret = secret;
  }

  update(chunk: Source): void {
    this.#parts.push(bytesOf(chunk));
  }

  async digest(): Promise<Uint8Array> {
    const bytes = joined(this.#parts);
    if (this.#secret === undefined) return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('raw', bytesOf(this.#secret), algorithm, false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes));
  }

  reset(): void {
    this.#parts = [];
  }
}

function bytesOf(source: Source): Uint8Array<ArrayBuffer> {
  if (typeof source === 'string') return new TextEncoder().encode(source);
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
