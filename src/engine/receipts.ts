import type { Delivery, Forward } from '../model/delivery.ts';
import { QueueError } from '../model/errors.ts';
import type { DeliveryKey, QueueId, ShardKey } from '../model/ids.ts';
import { visibleAtMs } from '../model/ids.ts';
import { FORWARD_HOPS_MAX } from '../model/limits.ts';
import { decodeReceipt } from '../model/receipt.ts';
import { followRedirect } from '../model/redirect.ts';
import type { QueueService } from './service.ts';

/**
 * What became of one receipt: `invalid`: not given out by this queue; `stale`: the message was claimed again or is
 * gone; `unavailable`: the store gave no clear answer; `throttled`: it was at its limit. Trying either again is safe.
 */
export type ReceiptOutcome = 'done' | 'invalid' | 'stale' | 'unavailable' | 'throttled';

/** Receipts of one lease, and which answers they belong to. */
export interface ReceiptGroup {
  readonly shard: ShardKey;
  readonly key: DeliveryKey;
  /** Messages of the lease the receipts were given out for; unknown after following a forward. */
  readonly count: number | undefined;
  /** Index in the lease → positions in the request; a receipt may be named twice. */
  readonly positions: ReadonlyMap<number, readonly number[]>;
}

type OpenGroup = Omit<ReceiptGroup, 'positions'> & { readonly positions: Map<number, number[]> };

/** Groups the receipts of a request by lease; those that cannot be read are answered `invalid`. */
export function groupReceipts(queue: QueueId, receipts: readonly string[], outcomes: ReceiptOutcome[]): ReceiptGroup[] {
  const groups = new Map<string, OpenGroup>();
  let group: OpenGroup | undefined;
  for (const [position, text] of receipts.entries()) {
    const receipt = decodeReceipt(text, queue);
    if (receipt === undefined) {
      outcomes[position] = 'invalid';
      continue;
    }
    const { shard, key, index, count } = receipt;
    // Neighbours mostly name one lease, and to compare costs less than to look up.
    if (group?.key !== key || group.shard !== shard) {
      group = groups.get(shard + key) ?? { shard, key, count, positions: new Map() };
      groups.set(shard + key, group);
    }
    const positions = group.positions.get(index);
    if (positions === undefined) group.positions.set(index, [position]);
    else positions.push(position);
  }
  return [...groups.values()];
}

export function answerGroup(group: ReceiptGroup, outcome: ReceiptOutcome, outcomes: ReceiptOutcome[]): void {
  for (const positions of group.positions.values()) for (const position of positions) outcomes[position] = outcome;
}

/** The receipts of a group whose messages stand at these indexes. */
function narrowed(group: ReceiptGroup, indexes: readonly number[]): ReceiptGroup {
  return { ...group, positions: new Map(indexes.map((index) => [index, group.positions.get(index) ?? []])) };
}

/**
 * Where messages that are no longer on a delivery are named next: by `forward`, by "replaced by", or, when the
 * delivery is gone, by a redirect. What leads nowhere is left out.
 * @remarks Cost: one ledger read when the delivery is gone after its time.
 */
async function followReceipts(
  service: QueueService,
  group: ReceiptGroup,
  now: Delivery | undefined,
): Promise<ReceiptGroup[]> {
  const redirect = now === undefined ? await service.ledger.redirect(group.shard, group.key) : undefined;
  const isReplaced = now?.replacedBy !== undefined;
  const next = (index: number): Forward | undefined => {
    if (redirect !== undefined) return followRedirect(redirect, index);
    return now?.forward.get(index) ?? (isReplaced ? { key: now.replacedBy, index } : undefined);
  };
  const groups = new Map<DeliveryKey, ReceiptGroup & { readonly positions: Map<number, readonly number[]> }>();
  for (const [index, positions] of group.positions) {
    const to = next(index);
    if (to === undefined) continue;
    const known = groups.get(to.key) ?? { shard: group.shard, key: to.key, count: undefined, positions: new Map() };
    groups.set(to.key, known);
    known.positions.set(to.index, positions);
  }
  return [...groups.values()];
}

/** How a step found the delivery that the receipts of a group name: not all of them are here any more. */
export interface Absence {
  readonly now: Delivery | undefined;
  /** How often the receipts were followed before. */
  readonly hops: number;
  readonly isHere: (seen: Delivery, index: number) => boolean;
  /** What becomes of those that lead nowhere. */
  readonly otherwise: ReceiptOutcome;
}

/** Repeats a step for the receipts of a group that are still here, and where the others went. */
export async function goOn(
  service: QueueService,
  group: ReceiptGroup,
  { now, hops, isHere, otherwise }: Absence,
  step: { readonly outcomes: ReceiptOutcome[]; readonly repeat: (group: ReceiptGroup, hops: number) => Promise<void> },
): Promise<void> {
  const { outcomes, repeat } = step;
  const indexes = [...group.positions.keys()];
  const here = now === undefined ? [] : indexes.filter((index) => isHere(now, index));
  const gone = narrowed(
    group,
    indexes.filter((index) => !here.includes(index)),
  );
  answerGroup(group, 'stale', outcomes);
  answerGroup(gone, otherwise, outcomes);
  if (hops >= FORWARD_HOPS_MAX) return;
  const next = await unlessRefused(gone, outcomes, () => followReceipts(service, gone, now));
  const all = here.length > 0 ? [...(next ?? []), narrowed(group, here)] : (next ?? []);
  await Promise.all(all.map((one) => repeat(one, hops + 1)));
}

/** Takes a step for a group; where the store refuses it, its receipts are answered so, and others go on. */
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

/** A lease that is gone before its time was deleted: nobody can have claimed it again. */
export const wasDeleted = (service: QueueService, group: ReceiptGroup): boolean =>
  visibleAtMs(group.key) > service.clock.nowMs();
