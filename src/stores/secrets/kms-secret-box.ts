import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { QueueError } from '../../model/errors.ts';
import type { SecretBox } from '../../ports/secret-box.ts';

/** Seals secrets with a KMS key, which never leaves KMS. `client` decides about time limits and retries. */
export class KmsSecretBox implements SecretBox {
  readonly #client: KMSClient;
  readonly #keyId: string;
  /** Part of every call and its audit entry; a secret sealed for another purpose cannot be opened here. */
  readonly #context: Readonly<Record<string, string>>;

  constructor(options: { readonly client: KMSClient; readonly keyId: string; readonly purpose: string }) {
    this.#client = options.client;
    this.#keyId = options.keyId;
    this.#context = { rewindmq: options.purpose };
  }

  async seal(secret: string): Promise<string> {
    const Plaintext = Buffer.from(secret);
    const command = new EncryptCommand({ KeyId: this.#keyId, Plaintext, EncryptionContext: this.#context });
    const { CiphertextBlob } = await answered(this.#client.send(command));
    if (CiphertextBlob === undefined) throw new Error('KMS answered without a ciphertext');
    return Buffer.from(CiphertextBlob).toString('base64url');
  }

  async open(sealed: string): Promise<string> {
    const CiphertextBlob = Buffer.from(sealed, 'base64url');
    // Named, so that KMS refuses secrets sealed with another key.
    const command = new DecryptCommand({ KeyId: this.#keyId, CiphertextBlob, EncryptionContext: this.#context });
    const { Plaintext } = await answered(this.#client.send(command));
    if (Plaintext === undefined) throw new Error('KMS answered without a plaintext');
    return Buffer.from(Plaintext).toString();
  }
}

/** A permanent refusal by KMS stays an error; anything else may be retried. */
async function answered<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && FINAL.has(error.name)) throw error;
    throw new QueueError('Unavailable', 'KMS does not answer; try again', { cause: error });
  }
}

const FINAL = new Set([
  'AccessDeniedException',
  'DisabledException',
  'IncorrectKeyException',
  'InvalidCiphertextException',
  'KMSInvalidStateException',
  'NotFoundException',
]);
