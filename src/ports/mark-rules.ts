import { type Delivery, isOutstanding } from '../model/delivery.ts';
import type { Condition, MarkChange } from './shard-store.ts';

/** Evaluates a condition, for stores that check it themselves. */
export function meets(delivery: Delivery, condition: Condition): boolean {
  const { edition, isIntact, notMoved = [], outstanding = [] } = condition;
  return (
    (edition === undefined || edition === delivery.edition) &&
    (isIntact === undefined || (delivery.receiveCount > 0 && delivery.acked.size === 0 && delivery.moved.size === 0)) &&
    notMoved.every((index) => !delivery.moved.has(index)) &&
    outstanding.every((index) => isOutstanding(delivery, index))
  );
}

/** Returns the delivery after a change; the given one stays as it is. */
export function marked(delivery: Delivery, change: MarkChange): Delivery {
  return {
    ...delivery,
    first: change.first ?? delivery.first,
    acked: grown(delivery.acked, change.acked),
    moved: grown(delivery.moved, change.moved),
    deadLettered: grown(delivery.deadLettered, change.deadLettered),
    purged: grown(delivery.purged, change.purged),
    withdrawn: grown(delivery.withdrawn, change.withdrawn),
    redriven: grown(delivery.redriven, change.redriven),
    forward: overlaid(delivery.forward, change.forward),
    edition: delivery.edition + 1,
  };
}

const grown = (marks: ReadonlySet<number>, more: readonly number[] = []): ReadonlySet<number> =>
  more.length === 0 ? marks : new Set([...marks, ...more]);

const overlaid = <Value>(
  marks: ReadonlyMap<number, Value>,
  more: readonly (readonly [number, Value])[] = [],
): ReadonlyMap<number, Value> => (more.length === 0 ? marks : new Map([...marks, ...more]));
