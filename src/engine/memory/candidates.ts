import { type QueueId, queueOfShard, type ShardKey } from '../../model/ids.ts';
import { type Candidate, Contention, type DuePorts, type DueRequest, DueShard, type Leftovers } from './due-shard.ts';

/** Shards remembered at most. They are hints: forgetting one costs a read. */
const SHARDS_MAX = 10_000;

/**
 * Finds due deliveries for claims, and keeps the claims of one process apart: a reserved delivery is offered to no
 * other claim, and one look at the store serves several claims. Random starts reduce races with the claims of other
 * processes, and the conditions of a claim resolve them.
 */
export class Candidates {
  readonly #ports: DuePorts;
  readonly #shards = new Map<ShardKey, DueShard>();
  readonly #contentions = new Map<QueueId, Contention>();

  constructor(ports: DuePorts) {
    this.#ports = ports;
  }

  /**
   * Reserves candidates with at least `wanted` messages; fewer only when the shard has no more that are due and free.
   * The caller must give the candidates to {@link release}.
   * @throws QueueError `Throttled`, `Unavailable`
   * @remarks Cost: none, or one strongly consistent page; more if the first holds too little.
   */
  reserve(request: DueRequest): Promise<{ candidates: Candidate[]; leftovers: Leftovers }> {
    return this.#shard(request.shard).reserve(request, this.#ports);
  }

  /** Ends the reservation; `lostCount` of the claims were lost to other processes. */
  release(shard: ShardKey, candidates: readonly Candidate[], lostCount: number): void {
    this.#shard(shard).release(candidates, lostCount);
  }

  #shard(key: ShardKey): DueShard {
    const known = this.#shards.get(key);
    if (known !== undefined) return known;
    if (this.#shards.size >= SHARDS_MAX) this.#forgetIdle();
    const shard = new DueShard(this.#contention(queueOfShard(key)));
    this.#shards.set(key, shard);
    return shard;
  }

  #contention(queue: QueueId): Contention {
    const contention = this.#contentions.get(queue) ?? new Contention();
    this.#contentions.set(queue, contention);
    return contention;
  }

  #forgetIdle(): void {
    this.#contentions.clear();
    for (const [key, shard] of this.#shards) if (shard.isIdle) this.#shards.delete(key);
  }
}
