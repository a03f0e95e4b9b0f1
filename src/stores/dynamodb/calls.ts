import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ShardKey } from '../../model/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { failureOf, refusal, throttleReasons } from './failures.ts';
import type { WireImage } from './items.ts';
import type { StoreObserver } from './observer.ts';
import { tries } from './tries.ts';

/** What the stores need. */
export interface DynamoPorts {
  /** Tries each command once, like the client of `openDynamoClient`: retries are decided here. */
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer?: StoreObserver;
}

/** The target of a call, for the observer. */
export interface Target {
  readonly table: string;
  /** Absent when the call concerns no shard, or several. */
  readonly shard?: ShardKey | undefined;
  readonly units: 'read' | 'write';
  /** The units of these shards in a batch. The rest belongs to no shard. */
  readonly shares?: ReadonlyMap<ShardKey, number>;
}

export type Send<Answer> = (client: DynamoDBDocumentClient) => Promise<Answer>;

/** Every command asks for the capacity it used. */
export interface Billed {
  ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] | undefined;
}

export type ConditionalAnswer<Answer> =
  | { readonly outcome: 'done'; readonly answer: Answer }
  /** `image`: the item as it was; absent if there was none. Some engines always leave it out. */
  | { readonly outcome: 'refused'; readonly image?: WireImage }
  | { readonly outcome: 'unclear' }
  /** Every try was throttled. */
  | { readonly outcome: 'throttled'; readonly cause: unknown };

/** Sends commands, decides which failures to retry, and tells the observer. */
export class Calls {
  readonly #ports: DynamoPorts;

  constructor(ports: DynamoPorts) {
    this.#ports = ports;
  }

  /** A repeatable step: it reads, or a repetition changes nothing. @throws QueueError */
  async repeatable<Answer extends Billed>(target: Target, send: Send<Answer>): Promise<Answer> {
    let refused = refusal('unanswered');
    for await (const _ of this.tries()) {
      try {
        return await this.once(target, send);
      } catch (error) {
        const failure = failureOf(error);
        if (failure === 'wrong' || failure === 'refused') throw error;
        refused = refusal(failure, error);
      }
    }
    throw refused;
  }

  /**
   * A step that must not be repeated once it may have been done. A throttled try was not done, so it does not count.
   */
  async conditional<Answer extends Billed>(target: Target, send: Send<Answer>): Promise<ConditionalAnswer<Answer>> {
    let cause: unknown;
    for await (const _ of this.tries()) {
      try {
        return { outcome: 'done', answer: await this.once(target, send) };
      } catch (error) {
        const failure = failureOf(error);
        if (failure === 'refused') return refusedAnswer(error);
        if (failure === 'wrong') throw error;
        if (failure === 'unanswered') return { outcome: 'unclear' };
        cause = error;
      }
    }
    return { outcome: 'throttled', cause };
  }

  /** Yields for each try of a step, with pauses between. */
  tries(): AsyncGenerator<void> {
    return tries(this.#ports);
  }

  /** Makes one try. @throws the client's error */
  async once<Answer extends Billed>(target: Target, send: Send<Answer>): Promise<Answer> {
    try {
      const answer = await send(this.#ports.client);
      this.#reportCapacity(target, answer);
      return answer;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === 'throttled') this.reportThrottle(target, ...throttleReasons(error));
      if (failure === 'unanswered') this.#ports.observer?.onSilence?.({ table: target.table });
      throw error;
    }
  }

  reportThrottle({ table, shard }: Omit<Target, 'units'>, ...reasons: string[]): void {
    for (const reason of reasons) this.#ports.observer?.onThrottle?.({ table, shard, reason });
  }

  #reportCapacity({ table, shard, units, shares = NO_SHARES }: Target, { ConsumedCapacity: used = [] }: Billed): void {
    const total = [used].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    const report = (of: ShardKey | undefined, count: number) =>
      this.#ports.observer?.onCapacity?.({
        table,
        shard: of,
        readUnits: units === 'read' ? count : 0,
        writeUnits: units === 'write' ? count : 0,
      });
    let left = total;
    for (const [of, share] of shares) {
      report(of, Math.min(left, share));
      left -= Math.min(left, share);
    }
    if (left > 0 || shares.size === 0) report(shard, left);
  }
}

const NO_SHARES: ReadonlyMap<ShardKey, number> = new Map();

/** The document client leaves errors in their wire form. */
function refusedAnswer(error: unknown): { outcome: 'refused'; image?: WireImage } {
  const { Item: image } = error as { Item?: WireImage };
  return { outcome: 'refused', ...(image === undefined ? {} : { image }) };
}
