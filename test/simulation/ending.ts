import { discardDue } from '../../src/engine/upkeep/discard.ts';
import { blockOfPayload } from '../../src/model/block.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { type Delivery, dueAtMs, enteredAtMs, isOutstanding, locate, messageCount } from '../../src/model/delivery.ts';
import {
  type BlockId,
  blockId,
  isSetAside,
  type MessageId,
  queueOfShard,
  type ShardKey,
  shardKey,
  shardOfKey,
} from '../../src/model/ids.ts';
import { INSTANT_MS_LAST, PURGE_UNDO_MS } from '../../src/model/limits.ts';
import { type RouteShard, receivableShards } from '../../src/model/route.ts';
import { addTotals, NO_TOTALS, type ShardTotals, totalsOf } from '../../src/model/totals.ts';
import type { Client } from './client.ts';
import { isAside, isConsumed, type MessageRecord } from './messages.ts';
import { controlOnce } from './route-changes.ts';
import { search } from './search.ts';
import { DEAD_LETTERS, QUEUE, type Workload } from './workload.ts';
import type { Deployment } from './world.ts';

/** One of this many counts must be exact. */
const COUNTS_MAX = 3;
/** Shards whose barriers the slow feeds of these worlds pass while a count waits for them. */
const BARRIERS_IN_TIME = 12;

const RECORDS_MAX = 10_000;
const DRAIN_ROUNDS_MAX = 400;
const DISCARD_ROUNDS_MAX = 20;
/** Long enough that no lease runs out while it is handled. */
const DRAIN_LEASE_MS = 60_000;

interface LiveShard {
  readonly key: ShardKey;
  readonly shard: RouteShard;
}

/** The end of a world without faults: everything is consumed or discarded, and then nothing must be left. */
export class Ending {
  readonly #deployment: Deployment;
  readonly #workload: Workload;
  readonly #feedSettled: () => Promise<void>;
  readonly #isSearched: boolean;

  constructor(
    deployment: Deployment,
    workload: Workload,
    { feedSettled, isSearched }: { readonly feedSettled: () => Promise<void>; readonly isSearched: boolean },
  ) {
    this.#deployment = deployment;
    this.#workload = workload;
    this.#feedSettled = feedSettled;
    this.#isSearched = isSearched;
  }

  async run(): Promise<void> {
    await this.#feedSettled();
    await this.#checkCounts(this.#workload.orders, QUEUE);
    await this.#checkCounts(this.#workload.deadLetters, DEAD_LETTERS);
    if (this.#isSearched) await search(this.#deployment, QUEUE, this.#waiting(QUEUE));
    await this.#drain(this.#workload.orders, QUEUE);
    await this.#drain(this.#workload.deadLetters, DEAD_LETTERS);
    await this.#deployment.sleep(PURGE_UNDO_MS + 60_000);
    // Messages that strayed into a shard off its route come back.
    await this.#deployment.call('control', (service) => controlOnce(service));
    await this.#discard();
    await this.#drain(this.#workload.orders, QUEUE);
    await this.#drain(this.#workload.deadLetters, DEAD_LETTERS);
    await this.#feedSettled();
    await this.#checkCounts(this.#workload.orders, QUEUE);
    await this.#checkCounts(this.#workload.deadLetters, DEAD_LETTERS);
    await this.#feedSettled();
    this.#checkNothingLeft();
    this.#checkBlocks();
    this.#checkArchive();
    this.#checkTotals();
  }

  /** Messages of a queue that were received, the last ones first: others lie where their ids say. */
  #waiting(name: string): MessageId[] {
    const { world, auditor } = this.#deployment;
    const ids = this.#liveShards(name).flatMap(({ key, shard }) =>
      [...world.deliveries.of(key)].flatMap((delivery) =>
        [...auditor.messages.of(delivery).entries()].flatMap(([index, { id }]) => {
          const state = this.#stateOf(delivery, index, shard);
          const isThere = state !== 'gone' && state !== 'purged' && this.#hasContent(delivery, index);
          return isThere && delivery.receiveCount > 0 ? [id] : [];
        }),
      ),
    );
    return ids.toReversed();
  }

  /** Receives and deletes until the queue is empty, and waits for messages that are not due yet. */
  async #drain(client: Client, name: string): Promise<void> {
    const { auditor } = this.#deployment;
    for (let round = 0; round < DRAIN_ROUNDS_MAX; round++) {
      const startMs = this.#deployment.nowMs;
      const readyBefore = this.#claimable(name);
      const got = await client.receive({ max: 20, waitMs: 0, visibilityMs: DRAIN_LEASE_MS });
      await client.delete(got);
      if (got.length > 0) continue;
      // New messages in a purged shard may lie beyond one look; the next one continues there.
      if (readyBefore.length > 0 && this.#isPurged(name)) continue;
      if (readyBefore.length > 0)
        auditor.violate('receive', `nothing is answered though ${readyBefore[0]} is ready, and nobody else asks`);
      const nextMs = this.#nextDueMs(name, startMs);
      if (nextMs === undefined) return;
      await this.#deployment.sleep(Math.max(1, nextMs - this.#deployment.nowMs));
    }
    auditor.violate('receive', `${name} is not empty after ${DRAIN_ROUNDS_MAX} receives`);
  }

  #isPurged(name: string): boolean {
    return this.#liveShards(name).some(({ shard }) => shard.fromMs !== undefined);
  }

  async #discard(): Promise<void> {
    const { auditor, world } = this.#deployment;
    for (let round = 0; round < DISCARD_ROUNDS_MAX; round++) {
      await this.#deployment.call('discard', discardDue);
      const left = [...world.records.list('purge', { limit: 1 }), ...world.records.list('deletedQueue', { limit: 1 })];
      if (left.length === 0) return;
      await this.#deployment.sleep(60_000);
    }
    auditor.violate('discard', `purges and deleted queues are not done with after ${DISCARD_ROUNDS_MAX} runs`);
  }

  /**
   * Messages that a receive must find: in a receivable shard, due, not purged, no second copy, and with their block.
   */
  #claimable(name: string): string[] {
    const { world, nowMs, auditor } = this.#deployment;
    const { maxReceives } = name === QUEUE ? this.#workload.orders : this.#workload.deadLetters;
    const claimable: string[] = [];
    for (const { key, shard } of this.#liveShards(name))
      for (const delivery of world.deliveries.of(key)) {
        if (dueAtMs(delivery) > nowMs || delivery.receiveCount >= maxReceives) continue;
        for (const [index, message] of auditor.messages.of(delivery).entries()) {
          if (this.#stateOf(delivery, index, shard) !== 'ready') continue;
          if (isConsumed(message) || message.isExcused || message.isDamaged || !this.#hasContent(delivery, index))
            continue;
          claimable.push(message.id);
        }
      }
    return claimable;
  }

  /** A failed send may have left a delivery without its block. */
  #hasContent(delivery: Delivery, index: number): boolean {
    const { part } = locate(delivery, index);
    return part.kind !== 'block' || this.#deployment.world.blocks.has(blockId(part.origin));
  }

  /** When the next message comes due, or came during a receive that began at `afterMs`. */
  #nextDueMs(name: string, afterMs: EpochMs): number | undefined {
    const { world } = this.#deployment;
    const moments = this.#liveShards(name).flatMap(({ key, shard }) =>
      [...world.deliveries.of(key)].flatMap((delivery) => {
        const states = Array.from({ length: messageCount(delivery) }, (_, index) =>
          this.#stateOf(delivery, index, shard),
        );
        const isPurged = states.length > 0 && states.every((state) => state === 'purged');
        // Not even a finished one ever comes due.
        if (isPurged || isSetAside(delivery.key)) return [];
        return dueAtMs(delivery) > afterMs ? [dueAtMs(delivery)] : [];
      }),
    );
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  #stateOf(
    delivery: Delivery,
    index: number,
    { fromMs }: RouteShard,
    nowMs: EpochMs = this.#deployment.nowMs,
  ): 'ready' | 'delayed' | 'inFlight' | 'aside' | 'purged' | 'gone' {
    if (!isOutstanding(delivery, index)) return 'gone';
    if (fromMs !== undefined && enteredAtMs(locate(delivery, index).part) < fromMs) return 'purged';
    if (isSetAside(delivery.key)) return 'aside';
    if (dueAtMs(delivery) <= nowMs) return 'ready';
    return delivery.receiveCount === 0 ? 'delayed' : 'inFlight';
  }

  /** Without activity, few messages are counted exactly, except those that a fault doubled. */
  async #checkCounts(client: Client, name: string): Promise<void> {
    const { world, auditor } = this.#deployment;
    const queue = world.records.get('queue', name)?.value;
    if (queue === undefined || queue.deletedAtMs !== undefined || this.#deployment.mayMissReplays) return;
    // A count puts a barrier in each shard that a purge left behind, too.
    const purges = world.records.list('purge', { prefix: `${queue.id}/`, limit: RECORDS_MAX });
    const shards = [queue.route.shards, ...purges.map(({ value }) => value.shards)].flat();
    const shardCount = new Set(shards.map(({ id }) => id)).size;
    const isDouble = [...auditor.messages.all].some((message) => message.isExcused);
    let isExact = false;
    // The feed may just be slow.
    for (let times = 0; times < COUNTS_MAX && !isExact; times++) isExact = await client.count();
    if (!isExact && !isDouble && shardCount <= BARRIERS_IN_TIME)
      auditor.violate('8', `the counts of ${name} are not exact though few and at rest`);
  }

  #checkNothingLeft(): void {
    const { world, auditor } = this.#deployment;
    for (const shard of world.deliveries.shards)
      for (const delivery of world.deliveries.of(shard)) {
        const left = auditor.messages.of(delivery).filter((_, index) => isOutstanding(delivery, index));
        const isDeleted = auditor.routes.isDeleted(queueOfShard(shard));
        const isLate = isDeleted && left.every((message) => message.isExcused);
        if (!isLate && (isDeleted || !isSetAside(delivery.key)))
          auditor.violate('1', `${delivery.key} is left in ${shard} with ${left.map(({ id }) => id).join(', ')}`);
      }
    for (const message of auditor.messages.all)
      if (message.acknowledgedAtMs !== undefined && !isConsumed(message) && !message.isPurged && !isAside(message))
        auditor.violate('1', `${message.id} was acknowledged and came to no end`);
  }

  /** A failed send may leave a delivery without its block: some of its messages expire, and the others are dropped. */
  #mayBeUnstored(messages: readonly MessageRecord[]): boolean {
    return this.#deployment.hadFaults && messages.every(({ acknowledgedAtMs }) => acknowledgedAtMs === undefined);
  }

  /** Blocks leave with their last message, but a failed send may leave an orphan. */
  #checkBlocks(): void {
    const { world, auditor } = this.#deployment;
    for (const block of world.blocks.keys()) {
      const isOrphan =
        auditor.excuses.blocks.has(block) ||
        (this.#deployment.hadFaults && auditor.watch.messagesOf(block).length === 0);
      if (!isOrphan && !this.#holdsAside(block))
        auditor.violate('4', `block ${block} is left though its messages are gone`);
    }
    for (const block of world.notes.openProgress) {
      const messages = auditor.watch.messagesOf(block);
      const isExcused =
        messages.some((message) => auditor.excuses.has(message)) || auditor.excuses.lateProgress.has(block);
      const isLeft = !isExcused && !this.#mayBeUnstored(messages) && !world.blocks.has(block);
      if (isLeft) auditor.violate('4', `the progress of block ${block} stays for ever`);
    }
    for (const name of world.objects.keys()) {
      if (!name.startsWith('payloads/')) continue;
      const block = blockOfPayload(name);
      const isOrphan = auditor.excuses.blocks.has(block) || this.#deployment.hadFaults;
      if (!isOrphan && !this.#holdsAside(block)) auditor.violate('4', `object ${name} is left`);
    }
  }

  #holdsAside(block: BlockId): boolean {
    return this.#deployment.auditor.watch.messagesOf(block).some(isAside);
  }

  /** What was deleted is in the archive, and once. */
  #checkArchive(): void {
    const { archive, excuses, messages, watch, violate } = this.#deployment.auditor;
    for (const message of messages.all) {
      const count = archive.countOf(message);
      // Its block was never stored: there is nothing to archive when its retention ends.
      const isMissing = message.block !== undefined && excuses.blocks.has(message.block);
      if (count === 0 && !isMissing && watch.isToBeArchived(message))
        violate('1', `${message.id} was deleted and is not archived`);
      if (count > 1 && !excuses.has(message)) violate('1', `${message.id} is archived ${count} times`);
    }
  }

  /** The totals are the sum of all changes, each counted once; they leave with their queue. */
  #checkTotals(): void {
    const { world, auditor, mayMissReplays } = this.#deployment;
    if (mayMissReplays) return;
    for (const shard of world.deliveries.shards) {
      if (auditor.routes.isDeleted(queueOfShard(shard))) continue;
      const changes = world.deliveries.changes.filter((change) => change.shard === shard);
      const expected = changes.map(totalsOf).reduce(addTotals, NO_TOTALS);
      const name = `${queueOfShard(shard)}/${shardOfKey(shard)}`;
      const counted: ShardTotals = world.records.get('totals', name)?.value ?? NO_TOTALS;
      for (const field of Object.keys(NO_TOTALS) as (keyof ShardTotals)[])
        if (counted[field] !== expected[field])
          auditor.violate('8', `${shard} counts ${counted[field]} ${field}, and the feed told ${expected[field]}`);
    }
  }

  #liveShards(name: string): LiveShard[] {
    const queue = this.#deployment.world.records.get('queue', name)?.value;
    if (queue === undefined || queue.deletedAtMs !== undefined) return [];
    return receivableShards(queue.route, INSTANT_MS_LAST as EpochMs).map((shard) => ({
      key: shardKey(queue.id, shard.id),
      shard,
    }));
  }
}
