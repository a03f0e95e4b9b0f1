import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ShardKey } from '../../model/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { failureOf, refusal, throttleReasons } from './failures.ts';
import type { WireImage } from './items.ts';
import type { StoreObserver } from './observer.ts';
import { tries } from './tries.ts';

/** What the stores stand on. */
export interface DynamoPorts {
  /** Tries each command once, as the one of `openDynamoClient` does: when to repeat is decided here. */
  readonly client: DynamoDBDocumentClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer?: StoreObserver;
}

/** What a call is about, for the observer. */
export interface Target {
  readonly table: string;
  /** Absent when it concerns none, or several. */
  readonly shard?: ShardKey | undefined;
  readonly units: 'read' | 'write';
  /** Of a batch: units of these shards; what it used beyond them is of none. */
  readonly shares?: ReadonlyMap<ShardKey, number>;
}

export type Send<Answer> = (client: DynamoDBDocumentClient) => Promise<Answer>;

/** Every command asks for the capacity it used. */
export interface Billed {
  ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] | undefined;
}

export type ConditionalAnswer<Answer> =
  | { readonly outcome: 'done'; readonly answer: Answer }
  /** `image` of the item as it stood; absent when there is none, but some engines always leave it out. */
  | { readonly outcome: 'refused'; readonly image?: WireImage }
  | { readonly outcome: 'unclear' }
  /** So was every try. */
  | { readonly outcome: 'throttled'; readonly cause: unknown };

/** Sends commands, decides which failures are worth another try, and tells the observer. */
export class Calls {
  readonly #ports: DynamoPorts;

  constructor(ports: DynamoPorts) {
    this.#ports = ports;
  }

  /** A step that may be repeated: it reads, or the same again changes nothing. @throws QueueError */
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
   * A step that must not be repeated once it may have been done. A throttled try was not done, so the next one is as
   * good as the first.
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

  /** Yields for each try a step may make, with pauses between. */
  tries(): AsyncGenerator<void> {
    return tries(this.#ports);
  }

  /** One try. @throws the client's error */
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

/** The document client leaves errors as they came over the wire. */
function refusedAnswer(error: unknown): { outcome: 'refused'; image?: WireImage } {
  const { Item: image } = error as { Item?: WireImage };
  return { outcome: 'refused', ...(image === undefined ? {} : { image }) };
}
