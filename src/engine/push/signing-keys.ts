import type { EpochMs } from '../../model/brand.ts';
import { invalidField, QueueError } from '../../model/errors.ts';
import type { QueueId } from '../../model/ids.ts';
import { SIGNING_KEYS_MAX } from '../../model/limits.ts';
import { type SigningKey, shownPrefix, signingSecret } from '../../model/push/index.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SecretBox } from '../../ports/secret-box.ts';
import { changeRecord, getQueue } from '../records/index.ts';
import type { SigningKeys, Using } from '../service.ts';

/** Characters of an id. */
const ID_LENGTH = 12;
/** Characters of 6 random bits: 240 bits, and whole bytes of Base64. */
const SECRET_LENGTH = 40;

/**
 * Makes a key that signs the requests of a queue from now on, on AWS within `KEYS_FRESH_MS`, beside those it has. Its
 * secret is told here and never again.
 *
 * @throws QueueError `QueueNotFound`; `InvalidField`: the queue has as many as it may, or this deployment signs nothing
 * @remarks Cost: two catalog reads, one write, and one call of the secret box.
 */
export async function createSigningKey(
  service: SigningKeys,
  queueName: string,
): Promise<SigningKey & { readonly secret: string }> {
  const { clock, random, signingSecrets } = service;
  const { id: queueId } = await getQueue(service, queueName);
  if (signingSecrets === undefined) {
    throw invalidField('name', 'this deployment signs nothing: its setting "targets" names no endpoint');
  }
  // Command lines would take a dash at the start for an option.
  const id = random.text(ID_LENGTH).replaceAll('-', '_');
  const secret = signingSecret(random.text(SECRET_LENGTH));
  const sealedSecret = await signingSecrets.seal(secret);
  const key: SigningKey = { id, prefix: shownPrefix(secret), sealedSecret, createdAtMs: clock.nowMs() };
  await changeRecord(service, 'signingKeys', queueId, (stored) => {
    const { keys } = stored ?? { keys: [] };
    if (keys.some((one) => one.id === id)) return stored;
    if (keys.length < SIGNING_KEYS_MAX) return { keys: [...keys, key] };
    throw invalidField('name', `queue "${queueName}" has ${SIGNING_KEYS_MAX} signing keys, the most; remove one first`);
  });
  return { ...key, secret };
}

/** The keys of a queue, the oldest first. @throws QueueError `QueueNotFound` @remarks Cost: two catalog reads. */
export async function listSigningKeys(
  service: Using<'routes' | 'catalog' | 'clock'>,
  queueName: string,
): Promise<readonly SigningKey[]> {
  const { id } = await getQueue(service, queueName);
  return (await service.catalog.get('signingKeys', id))?.value.keys ?? [];
}

/**
 * Removes a key: it no longer signs, on AWS within `KEYS_FRESH_MS`.
 * @throws QueueError `QueueNotFound`, `NotFound`
 * @remarks Cost: two catalog reads and one write.
 */
export async function deleteSigningKey(service: SigningKeys, queueName: string, keyId: string): Promise<void> {
  const { id: queueId } = await getQueue(service, queueName);
  let isFound = false;
  await changeRecord(service, 'signingKeys', queueId, (stored) => {
    const keys = stored?.keys.filter(({ id }) => id !== keyId);
    if (keys?.length === stored?.keys.length) return stored;
    isFound = true;
    return keys === undefined || keys.length === 0 ? undefined : { keys };
  });
  if (!isFound) throw new QueueError('NotFound', `queue "${queueName}" has no signing key ${JSON.stringify(keyId)}`);
}

/** Opened keys of the queues of one process. */
export class SigningKeyRing {
  readonly #ports: { readonly catalog: Catalog; readonly clock: Pick<Clock, 'nowMs'>; readonly secrets: SecretBox };
  readonly #freshMs: number;
  readonly #held = new Map<QueueId, { readonly keys: readonly SigningKey[]; readonly readAtMs: EpochMs }>();
  /** Secrets by the text that they are sealed in; a key that was removed leaves with the process. */
  readonly #secrets = new Map<string, string>();

  /** @param freshMs - how long a key that was removed may still sign */
  constructor(
    ports: { readonly catalog: Catalog; readonly clock: Pick<Clock, 'nowMs'>; readonly secrets: SecretBox },
    freshMs: number,
  ) {
    this.#ports = ports;
    this.#freshMs = freshMs;
  }

  /**
   * The secrets that sign the requests of a queue.
   * @throws QueueError `Throttled`, `Unavailable`; Error: a secret cannot be opened
   * @remarks Cost: a catalog read each `freshMs`, and a call of the secret box for each key and process.
   */
  async secretsOf(queueId: QueueId): Promise<readonly string[]> {
    const { catalog, clock } = this.#ports;
    const nowMs = clock.nowMs();
    const held = this.#held.get(queueId);
    if (held !== undefined && nowMs - held.readAtMs < this.#freshMs) return await this.#opened(held.keys);
    const keys = (await catalog.get('signingKeys', queueId))?.value.keys ?? [];
    this.#held.set(queueId, { keys, readAtMs: nowMs });
    return await this.#opened(keys);
  }

  async #opened(keys: readonly SigningKey[]): Promise<readonly string[]> {
    return await Promise.all(keys.map(({ sealedSecret }) => this.#open(sealedSecret)));
  }

  async #open(sealedSecret: string): Promise<string> {
    const secret = this.#secrets.get(sealedSecret) ?? (await this.#ports.secrets.open(sealedSecret));
    this.#secrets.set(sealedSecret, secret);
    return secret;
  }
}
