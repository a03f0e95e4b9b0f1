import type { EpochMs } from '../../model/brand.ts';
import { QueueError } from '../../model/errors.ts';
import type { QueueId } from '../../model/ids.ts';
import { ROUTE_HARD_LIMIT_MS } from '../../model/limits.ts';
import type { Queue } from '../../model/queue.ts';
import type { Catalog, Stored } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';

/** A queue with its route, and when this was read. */
export interface HeldQueue {
  readonly queue: Queue;
  readonly readAtMs: EpochMs;
}

interface CachePorts {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly random: Random;
}

interface KeptQueue extends HeldQueue {
  readonly version: number;
  readonly freshUntilMs: number;
}

/** Processes that started together would read a queue together: each renews up to this fraction sooner. */
export const RENEWAL_JITTER = 0.25;
/** Names remembered at most; then the one read longest ago leaves. About 1 KB each. */
const HELD_QUEUES_MAX = 5_000;

/** Queues by name as this process last read them; never older than `ROUTE_HARD_LIMIT_MS`. */
export class RouteCache {
  readonly #ports: CachePorts;
  readonly #freshMs: number;
  readonly #held = new Map<string, KeptQueue>();
  readonly #names = new Map<QueueId, string>();

  constructor(ports: CachePorts, settings: { readonly routeFreshMs: number }) {
    this.#ports = ports;
    this.#freshMs = settings.routeFreshMs;
  }

  /**
   * Returns the queue of that name, from memory while it is fresh. If the catalog cannot be read, a route stays in use
   * until its hard limit.
   * @throws QueueError `QueueNotFound`
   * @remarks Cost: none from memory, else as {@link refresh}.
   */
  get(name: string): Promise<HeldQueue> {
    const held = this.#held.get(name);
    if (held === undefined) return this.refresh(name);
    const isFresh = this.#ports.clock.nowMs() < held.freshUntilMs;
    return isFresh ? Promise.resolve(held) : this.#refreshOr(name, held);
  }

  async #refreshOr(name: string, held: HeldQueue): Promise<HeldQueue> {
    try {
      return await this.refresh(name);
    } catch (error) {
      const isGone = error instanceof QueueError && error.code === 'QueueNotFound';
      if (isGone || !this.isUsable(held)) throw error;
      return held;
    }
  }

  /**
   * Reads the current queue.
   * @throws QueueError `QueueNotFound`
   * @remarks Cost: one read unit; where the queue has changed, half of its record's units too, rarely one and a half.
   */
  async refresh(name: string): Promise<HeldQueue> {
    const { clock, random } = this.#ports;
    const readAtMs = clock.nowMs();
    const stored = await this.#read(name);
    this.#held.delete(name);
    if (stored === undefined || stored.value.deletedAtMs !== undefined) {
      throw queueNotFound(name);
    }
    const { value: queue, version } = stored;
    if (this.#freshMs === 0) return { queue, readAtMs };
    const freshUntilMs = readAtMs + this.#freshMs * (1 - RENEWAL_JITTER * random.next());
    const held = { queue, readAtMs, version, freshUntilMs };
    this.#remember(name, held);
    return held;
  }

  /**
   * Reads the record, no older than this call. All processes ask for a busy queue every few seconds, and its record
   * grows with its shards. So they ask for its version first, and read the record only when the version is new.
   */
  async #read(name: string): Promise<Stored<Queue> | undefined> {
    const { catalog } = this.#ports;
    if (this.#freshMs === 0) return await catalog.get('queue', name);
    const held = this.#held.get(name);
    const version = await catalog.queueVersion(name);
    if (held?.version === version) return { name, value: held.queue, version };
    const read = await catalog.get('queue', name, { mayBeOld: true });
    return read !== undefined && read.version >= version ? read : await catalog.get('queue', name);
  }

  /**
   * Returns the queue of that id, unless it is deleted.
   * @remarks Cost: one catalog read the first time, for its name; then as {@link get}.
   */
  async getById(id: QueueId): Promise<Queue | undefined> {
    const known = this.#names.get(id);
    const name = known ?? (await this.nameOf(id));
    const queue = name === undefined ? undefined : await this.#named(name, id);
    if (queue !== undefined || known === undefined) return queue;
    // The queue may have been restored under another name since this process learned its old one.
    this.#names.delete(id);
    return await this.getById(id);
  }

  /** Returns the queue of that name if it has that id. */
  async #named(name: string, id: QueueId): Promise<Queue | undefined> {
    try {
      const { queue } = await this.get(name);
      return queue.id === id ? queue : undefined;
    } catch (error) {
      if (error instanceof QueueError && error.code === 'QueueNotFound') return undefined;
      throw error;
    }
  }

  /** Returns the present or last name of the queue of that id. @remarks Cost: one catalog read the first time. */
  async nameOf(id: QueueId): Promise<string | undefined> {
    const name = this.#names.get(id) ?? (await this.#ports.catalog.get('queueName', id))?.value.name;
    if (name === undefined) return undefined;
    if (this.#names.size >= HELD_QUEUES_MAX) this.#names.clear();
    this.#names.set(id, name);
    return name;
  }

  /**
   * Names of queues, deleted ones included, to show beside messages. A name that cannot be read is left out: a refusal
   * would keep messages from a caller for whom they are leased already.
   * @remarks Cost: one catalog read for each id that this process has not seen.
   */
  async namesOf(ids: Iterable<QueueId>): Promise<ReadonlyMap<QueueId, string>> {
    const names = new Map<QueueId, string>();
    for (const id of new Set(ids)) {
      try {
        const name = await this.nameOf(id);
        if (name !== undefined) names.set(id, name);
      } catch (error) {
        if (!(error instanceof QueueError)) throw error;
      }
    }
    return names;
  }

  /** Whether a put may still use this route; ask right before each put. */
  isUsable(held: HeldQueue): boolean {
    return this.#ageMs(held) < ROUTE_HARD_LIMIT_MS;
  }

  forget(name: string): void {
    this.#held.delete(name);
  }

  #ageMs(held: HeldQueue): number {
    return this.#ports.clock.nowMs() - held.readAtMs;
  }

  #remember(name: string, held: KeptQueue): void {
    this.#held.set(name, held);
    if (this.#held.size <= HELD_QUEUES_MAX) return;
    const oldest = this.#held.keys().next().value;
    if (oldest !== undefined) this.#held.delete(oldest);
  }
}

export const queueNotFound = (name: string): QueueError =>
  new QueueError('QueueNotFound', `queue "${name}" does not exist; it must be created first`);
