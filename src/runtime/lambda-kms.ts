import { type ClientConfig, type HttpAnswer, SignedHttp, serviceAddress, type World } from './lambda-http.ts';

/** Replaces `@aws-sdk/client-kms` in bundles: the two commands that `KmsSecretBox` sends, with its interface. */
export class KMSClient {
  readonly #http: SignedHttp;
  readonly #address = serviceAddress('kms');

  constructor(config: ClientConfig, world?: World) {
    this.#http = new SignedHttp('kms', config, world);
  }

  /** @throws KMSServiceException, or the connection's error when KMS did not answer */
  async send<Output>(command: Command<Output>): Promise<Output> {
    const answer = await this.#http.exchange(this.#address, {
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${command.operation}` },
      body: JSON.stringify(command.input),
    });
    if (answer.status !== 200) throw new KMSServiceException(answer);
    return command.read(JSON.parse(answer.body.toString()) as Members);
  }
}

type Members = Readonly<Record<string, unknown>>;

interface Command<Output> {
  readonly operation: string;
  readonly input: Members;
  read(output: Members): Output;
}

interface Keyed {
  readonly KeyId: string;
  readonly EncryptionContext: Readonly<Record<string, string>>;
}

export class EncryptCommand implements Command<{ readonly CiphertextBlob: Uint8Array }> {
  readonly operation = 'Encrypt';
  readonly input: Members;

  constructor(input: Keyed & { readonly Plaintext: Uint8Array }) {
    this.input = { ...input, Plaintext: base64(input.Plaintext) };
  }

  read({ CiphertextBlob }: Members): { readonly CiphertextBlob: Uint8Array } {
    return { CiphertextBlob: Buffer.from(String(CiphertextBlob), 'base64') };
  }
}

export class DecryptCommand implements Command<{ readonly Plaintext: Uint8Array }> {
  readonly operation = 'Decrypt';
  readonly input: Members;

  constructor(input: Keyed & { readonly CiphertextBlob: Uint8Array }) {
    this.input = { ...input, CiphertextBlob: base64(input.CiphertextBlob) };
  }

  read({ Plaintext }: Members): { readonly Plaintext: Uint8Array } {
    return { Plaintext: Buffer.from(String(Plaintext), 'base64') };
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** A refusal, with the names of the SDK's errors. */
class KMSServiceException extends Error {
  constructor({ status, body }: HttpAnswer) {
    super(`KMS answered ${status}`);
    this.name = /"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"/.exec(body.toString())?.[1] ?? 'UnknownError';
  }
}
