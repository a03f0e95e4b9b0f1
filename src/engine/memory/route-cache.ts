import type { EpochMs } from '../../model/brand.ts';
import { QueueError } from '../../model/errors.ts';
import type { QueueId } from '../../model/ids.ts';
import { ROUTE_HARD_LIMIT_MS } from '../../model/limits.ts';
import type { Queue } from '../../model/queue.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';

/** A queue with its route, and when it was read. */
export interface HeldQueue {
  readonly queue: Queue;
  readonly readAtMs: EpochMs;
}

/** Names remembered at most; beyond it the longest unread leaves. About 1 KB each. */
const HELD_QUEUES_MAX = 5_000;

/** Queues by name as this process last read them; never older than `ROUTE_HARD_LIMIT_MS`. */
export class RouteCache {
  readonly #ports: { readonly catalog: Catalog; readonly clock: Clock };
  readonly #freshMs: number;
  readonly #held = new Map<string, HeldQueue>();
  readonly #names = new Map<QueueId, string>();

  constructor(
    ports: { readonly catalog: Catalog; readonly clock: Clock },
    settings: { readonly routeFreshMs: number },
  ) {
    this.#ports = ports;
    this.#freshMs = settings.routeFreshMs;
  }

  /**
   * The queue of that name, from memory while it is fresh. While the catalog cannot be read, a route below its hard
   * limit serves on.
   * @throws QueueError `QueueNotFound`
   * @remarks Cost: none from memory, else one catalog read.
   */
  get(name: string): Promise<HeldQueue> {
    const held = this.#held.get(name);
    if (held === undefined) return this.refresh(name);
    return this.#ageMs(held) < this.#freshMs ? Promise.resolve(held) : this.#refreshOr(name, held);
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

  /** Reads the queue anew. @throws QueueError `QueueNotFound` */
  async refresh(name: string): Promise<HeldQueue> {
    const readAtMs = this.#ports.clock.nowMs();
    const stored = await this.#ports.catalog.get('queue', name);
    this.#held.delete(name);
    if (stored === undefined || stored.value.deletedAtMs !== undefined) {
      throw queueNotFound(name);
    }
    const held = { queue: stored.value, readAtMs };
    if (this.#freshMs > 0) this.#remember(name, held);
    return held;
  }

  /**
   * The queue of that id, while it lives.
   * @remarks Cost: one catalog read the first time, for its name; then as {@link get}.
   */
  async getById(id: QueueId): Promise<Queue | undefined> {
    const known = this.#names.get(id);
    const name = known ?? (await this.nameOf(id));
    const queue = name === undefined ? undefined : await this.#named(name, id);
    if (queue !== undefined || known === undefined) return queue;
    // It may have been restored under another name since this process learned the one it had.
    this.#names.delete(id);
    return await this.getById(id);
  }

  /** The queue of that name, if it is the one of that id. */
  async #named(name: string, id: QueueId): Promise<Queue | undefined> {
    try {
      const { queue } = await this.get(name);
      return queue.id === id ? queue : undefined;
    } catch (error) {
      if (error instanceof QueueError && error.code === 'QueueNotFound') return undefined;
      throw error;
    }
  }

  /** The name that the queue of that id has, or had. @remarks Cost: one catalog read the first time. */
  async nameOf(id: QueueId): Promise<string | undefined> {
    const name = this.#names.get(id) ?? (await this.#ports.catalog.get('queueName', id))?.value.name;
    if (name === undefined) return undefined;
    if (this.#names.size >= HELD_QUEUES_MAX) this.#names.clear();
    this.#names.set(id, name);
    return name;
  }

  /** Whether a put may still go by this route; to be asked right before each. */
  isUsable(held: HeldQueue): boolean {
    return this.#ageMs(held) < ROUTE_HARD_LIMIT_MS;
  }

  forget(name: string): void {
    this.#held.delete(name);
  }

  #ageMs(held: HeldQueue): number {
    return this.#ports.clock.nowMs() - held.readAtMs;
  }

  #remember(name: string, held: HeldQueue): void {
    this.#held.set(name, held);
    if (this.#held.size <= HELD_QUEUES_MAX) return;
    const oldest = this.#held.keys().next().value;
    if (oldest !== undefined) this.#held.delete(oldest);
  }
}

export const queueNotFound = (name: string): QueueError =>
  new QueueError('QueueNotFound', `queue "${name}" does not exist; it must be created first`);
