import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { Random } from '../../ports/random.ts';
import type { SecretBox } from '../../ports/secret-box.ts';

/** Random characters of 6 bits: more than the 256 bits of AES-256. */
const KEY_LENGTH = 43;
/** Random characters of 6 bits: the 96 bits that GCM takes. */
const NONCE_LENGTH = 16;
/** The full tag of GCM. */
const TAG_BYTES = 16;
/** Mode of the file: its owner reads and writes it, others do nothing. */
const OWNER_ONLY = 0o600;

/** Seals secrets with a key in a file that only its owner can read (AES-256-GCM). */
export class KeyFileSecretBox implements SecretBox {
  readonly #key: Buffer;
  readonly #random: Random;

  /**
   * Opens or creates the key file; what was sealed for another purpose cannot be opened with it. The first
   * process creates it; the others read it.
   */
  static async open(path: string, random: Random, purpose: string): Promise<KeyFileSecretBox> {
    try {
      await writeFile(path, random.text(KEY_LENGTH), { flag: 'wx', mode: OWNER_ONLY, flush: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const text = await readFile(path, 'utf8');
    if (text.length < KEY_LENGTH) throw new Error(`${path} holds no key; it was cut, or is being written`);
    return new KeyFileSecretBox(text, random, purpose);
  }

  /** A box whose key is in no file. */
  static inMemory(random: Random): KeyFileSecretBox {
    return new KeyFileSecretBox(random.text(KEY_LENGTH), random, 'memory');
  }

  private constructor(text: string, random: Random, purpose: string) {
    this.#key = createHmac('sha256', text).update(purpose).digest();
    this.#random = random;
  }

  async seal(secret: string): Promise<string> {
    const nonce = this.#random.text(NONCE_LENGTH);
    const cipher = createCipheriv('aes-256-gcm', this.#key, Buffer.from(nonce));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return nonce + sealed.toString('base64url');
  }

  async open(sealed: string): Promise<string> {
    const bytes = Buffer.from(sealed.slice(NONCE_LENGTH), 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, Buffer.from(sealed.slice(0, NONCE_LENGTH)));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  }

  /** A secret derived from the key file: every process that may read the file can derive it. */
  derive(purpose: string): string {
    return createHmac('sha256', this.#key).update(purpose).digest('base64url');
  }
}
