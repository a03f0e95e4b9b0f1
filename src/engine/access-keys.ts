import type { AccessKey, Right } from '../model/access-key.ts';
import type { EpochMs } from '../model/brand.ts';
import { QueueError } from '../model/errors.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { SecretBox } from '../ports/secret-box.ts';

/** A key with its secret, as signatures are verified by it. */
export interface OpenKey {
  readonly key: AccessKey;
  readonly secret: string;
}

export interface NewKey {
  readonly queues: readonly string[];
  readonly rights: readonly Right[];
  readonly note?: string;
}

interface KeyPorts {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly random: Random;
  readonly secrets: SecretBox;
}

const ID_PREFIX = 'RMQ';
/** With the prefix an id has 20 characters, as ids of AWS have. */
const ID_LENGTH = 17;
/** Characters of a secret, as many as secrets of AWS have: 240 random bits. */
const SECRET_LENGTH = 40;
/** Opened keys in memory; beyond this the key that was read longest ago leaves. */
const HELD_KEYS_MAX = 1_000;

/** Every id that was ever given out; another one is unknown without a look. */
const ID = new RegExp(`^${ID_PREFIX}\\w{${ID_LENGTH}}$`);
/** An id that is in no catalog is not looked for again so long, which is how long a new key may be refused. */
const UNKNOWN_MS = 5_000;
/** Unknown ids in memory; beyond this the oldest is forgotten, so guesses cannot fill the memory. */
const UNKNOWN_KEYS_MAX = 1_000;

interface HeldKey extends OpenKey {
  readonly version: number;
  readonly readAtMs: EpochMs;
}

/** The access keys of a deployment. */
export class AccessKeys {
  readonly #ports: KeyPorts;
  readonly #freshMs: number;
  readonly #operators: readonly OpenKey[];
  readonly #held = new Map<string, HeldKey>();
  /** Ids that are in no catalog, and until when that is taken for granted. */
  readonly #unknownUntilMs = new Map<string, number>();

  /** `freshMs`: how long a revoked key may still be accepted; `operators`: keys that are in no catalog. */
  constructor(ports: KeyPorts, options: { readonly freshMs: number; readonly operators?: readonly OpenKey[] }) {
    this.#ports = ports;
    this.#freshMs = options.freshMs;
    this.#operators = options.operators ?? [];
  }

  /** Makes a key. Its secret is told here and never again. @throws QueueError `Unavailable` */
  async create({ queues, rights, note }: NewKey): Promise<OpenKey> {
    const { catalog, clock, random, secrets } = this.#ports;
    // Clients and proxies expect a key id of letters, digits and underscores.
    const id = ID_PREFIX + random.text(ID_LENGTH).replaceAll('-', '_');
    const secret = random.text(SECRET_LENGTH);
    const sealedSecret = await secrets.seal(secret);
    const key = {
      id,
      sealedSecret,
      queues,
      rights,
      createdAtMs: clock.nowMs(),
      ...(note === undefined ? {} : { note }),
    };
    const outcome = await catalog.tryPut('accessKey', id, key, 0);
    if (outcome === 'done') return { key, secret };
    throw new QueueError('Unavailable', 'the store did not answer: the key may or may not be there; create another');
  }

  /** Keys by id, at most 1,000. */
  async list(after = ''): Promise<readonly AccessKey[]> {
    const stored = await this.#ports.catalog.list(
      'accessKey',
      after === '' ? { limit: 1_000 } : { after, limit: 1_000 },
    );
    return stored.map(({ value }) => value);
  }

  /** @throws QueueError `NotFound`, `Unavailable` */
  async revoke(id: string): Promise<void> {
    const { catalog } = this.#ports;
    const stored = await catalog.get('accessKey', id);
    if (stored === undefined) throw new QueueError('NotFound', `there is no key ${JSON.stringify(id.slice(0, 60))}`);
    const outcome = await catalog.tryRemove('accessKey', id, stored.version);
    this.#held.delete(id);
    if (outcome !== 'done') throw new QueueError('Unavailable', 'the store did not answer; try again');
  }

  /**
   * The key of that id with its secret.
   * @remarks Cost: a catalog read, unless it was read within `freshMs`, or found unknown within `UNKNOWN_MS`.
   */
  async find(id: string): Promise<OpenKey | undefined> {
    const operator = this.#operators.find(({ key }) => key.id === id);
    if (operator !== undefined) return operator;
    if (!ID.test(id)) return undefined;
    const { catalog, clock, secrets } = this.#ports;
    const nowMs = clock.nowMs();
    const held = this.#held.get(id);
    if (held !== undefined && nowMs - held.readAtMs < this.#freshMs) return held;
    if (nowMs < (this.#unknownUntilMs.get(id) ?? 0)) return undefined;
    const stored = await catalog.get('accessKey', id);
    this.#held.delete(id);
    if (stored === undefined) {
      this.#rememberUnknown(id, nowMs);
      return undefined;
    }
    this.#unknownUntilMs.delete(id);
    const { value: key, version } = stored;
    const secret = held?.version === version ? held.secret : await secrets.open(key.sealedSecret);
    this.#remember({ key, secret, version, readAtMs: nowMs });
    return { key, secret };
  }

  #rememberUnknown(id: string, nowMs: EpochMs): void {
    this.#unknownUntilMs.delete(id);
    this.#unknownUntilMs.set(id, nowMs + Math.min(UNKNOWN_MS, this.#freshMs));
    const oldest = this.#unknownUntilMs.size > UNKNOWN_KEYS_MAX ? this.#unknownUntilMs.keys().next().value : undefined;
    if (oldest !== undefined) this.#unknownUntilMs.delete(oldest);
  }

  #remember(held: HeldKey): void {
    this.#held.set(held.key.id, held);
    const oldest = this.#held.size > HELD_KEYS_MAX ? this.#held.keys().next().value : undefined;
    if (oldest !== undefined) this.#held.delete(oldest);
  }
}
