import type { EpochMs } from '../../model/brand.ts';
import { type Delivery, dueAtMs } from '../../model/delivery.ts';
import { QueueError } from '../../model/errors.ts';
import { type DeliveryKey, type QueueId, type ShardKey } from '../../model/ids.ts';
import { FORWARD_HOPS_MAX } from '../../model/limits.ts';
import { decodeReceipt } from '../../model/receipt.ts';
import type { Using } from '../service.ts';

/**
 * What became of one receipt: `invalid`: not given out by this queue; `stale`: the message was claimed again or is
 * gone; `unavailable`: the store gave no clear answer; `throttled`: it was at its limit. Trying either again is safe.
 */
export type ReceiptOutcome = 'done' | 'invalid' | 'stale' | 'unavailable' | 'throttled';

/** Receipts of one lease, in the order of the request, which may name one of them twice. */
export interface ReceiptGroup {
  readonly shard: ShardKey;
  readonly key: DeliveryKey;
  /** The end of a lease in place. */
  readonly leasedUntilMs?: EpochMs;
  /** Messages of the lease the receipts were given out for; unknown after following a forward. */
  readonly count: number | undefined;
  /** Where each one's message stands in the lease. */
  readonly indexes: readonly number[];
  /** Which answer each one belongs to. */
  readonly positions: readonly number[];
  /** The lease that the receipts name. */
  readonly namedKey: DeliveryKey;
  /** The index of each receipt's message in that lease. */
  readonly namedIndexes: readonly number[];
}

interface OpenGroup extends ReceiptGroup {
  readonly indexes: number[];
  readonly positions: number[];
  readonly namedIndexes: number[];
}

/** Groups the receipts of a request by lease; those that cannot be read are answered `invalid`. */
export function groupReceipts(queue: QueueId, receipts: readonly string[], outcomes: ReceiptOutcome[]): ReceiptGroup[] {
  const groups = new Map<string, OpenGroup>();
  let group: OpenGroup | undefined;
  for (let position = 0; position < receipts.length; position++) {
    const receipt = decodeReceipt(receipts[position] ?? '', queue);
    if (receipt === undefined) {
      outcomes[position] = 'invalid';
      continue;
    }
    const { shard, key, index, count, leasedUntilMs } = receipt;
    // Neighbours mostly name one lease, and a comparison costs less than a lookup.
    if (group?.key !== key || group.shard !== shard) {
      group = groups.get(shard + key) ?? {
        shard,
        key,
        ...(leasedUntilMs === undefined ? {} : { leasedUntilMs }),
        count,
        indexes: [],
        positions: [],
        namedKey: key,
        namedIndexes: [],
      };
      groups.set(shard + key, group);
    }
    group.indexes.push(index);
    group.namedIndexes.push(index);
    group.positions.push(position);
  }
  return [...groups.values()];
}

/** The messages that a group names, each once. */
export function distinctIndexes({ indexes }: ReceiptGroup): readonly number[] {
  const isAscending = indexes.every((index, at) => at === 0 || index > (indexes[at - 1] ?? 0));
  return isAscending ? indexes : [...new Set(indexes)];
}

export function answerGroup(group: ReceiptGroup, outcome: ReceiptOutcome, outcomes: ReceiptOutcome[]): void {
  for (const position of group.positions) outcomes[position] = outcome;
}

/** The receipts of a group whose messages are among those. */
function narrowed(group: ReceiptGroup, isWanted: (index: number) => boolean): ReceiptGroup {
  const wanted = (numbers: readonly number[]) => numbers.filter((_, at) => isWanted(group.indexes[at] ?? 0));
  const { indexes, positions, namedIndexes } = group;
  return {
    ...group,
    indexes: wanted(indexes),
    positions: wanted(positions),
    namedIndexes: wanted(namedIndexes),
  };
}

/**
 * Where messages that are no longer on a delivery are named next: by `forward`, or, when the delivery is gone, by a
 * redirect. What leads nowhere is left out.
 * @remarks Cost: one ledger read when the delivery is gone.
 */
async function followReceipts(
  service: Using<'ledger'>,
  group: ReceiptGroup,
  now: Delivery | undefined,
): Promise<ReceiptGroup[]> {
  const { shard, namedKey } = group;
  const redirect = now?.forward ?? (await service.ledger.redirect(shard, group.key));
  const groups = new Map<DeliveryKey, OpenGroup>();
  for (const [at, index] of group.indexes.entries()) {
    const to = redirect.get(index);
    if (to === undefined) continue;
    const empty = { shard, key: to.key, count: undefined, indexes: [], positions: [], namedKey, namedIndexes: [] };
    const known: OpenGroup = groups.get(to.key) ?? empty;
    groups.set(to.key, known);
    known.indexes.push(to.index);
    known.namedIndexes.push(group.namedIndexes[at] ?? 0);
    known.positions.push(group.positions[at] ?? 0);
  }
  return [...groups.values()];
}

/** What a step found of the delivery that the receipts of a group name, when some messages have left it. */
export interface Absence {
  readonly now: Delivery | undefined;
  /** How often the receipts were followed before. */
  readonly hops: number;
  readonly isHere: (seen: Delivery, index: number) => boolean;
  /** The outcome of receipts that lead nowhere. */
  readonly otherwise: ReceiptOutcome;
}

/** Repeats a step for the receipts of a group that are still here, and where the others went. */
export async function repeatWhereMoved(
  service: Using<'ledger'>,
  group: ReceiptGroup,
  { now, hops, isHere, otherwise }: Absence,
  step: { readonly outcomes: ReceiptOutcome[]; readonly repeat: (group: ReceiptGroup, hops: number) => Promise<void> },
): Promise<void> {
  const { outcomes, repeat } = step;
  const here = narrowed(group, (index) => now !== undefined && isHere(now, index));
  const gone = narrowed(group, (index) => now === undefined || !isHere(now, index));
  answerGroup(group, 'stale', outcomes);
  answerGroup(gone, otherwise, outcomes);
  if (hops >= FORWARD_HOPS_MAX) return;
  const next = await unlessRefused(gone, outcomes, () => followReceipts(service, gone, now));
  const all = here.indexes.length > 0 ? [...(next ?? []), here] : (next ?? []);
  await Promise.all(all.map((one) => repeat(one, hops + 1)));
}

/** Takes a step for a group. If the store refuses it, its receipts get that answer, and other groups continue. */
export async function unlessRefused<Answer>(
  group: ReceiptGroup,
  outcomes: ReceiptOutcome[],
  step: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof QueueError)) throw error;
    answerGroup(group, error.code === 'Throttled' ? 'throttled' : 'unavailable', outcomes);
    return undefined;
  }
}

/** A lease that is gone before its time was deleted: it cannot have been claimed again. */
export const wasDeleted = (service: Using<'clock'>, group: ReceiptGroup): boolean =>
  dueAtMs(group) > service.clock.nowMs();
