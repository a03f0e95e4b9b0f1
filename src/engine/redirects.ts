import type { EpochMs } from '../model/brand.ts';
import { type Delivery, type Forward, isOutstanding } from '../model/delivery.ts';
import { QueueError } from '../model/errors.ts';
import { type ShardKey, visibleAtMs } from '../model/ids.ts';
import { LEDGER_KEEP_MS } from '../model/limits.ts';
import { encodeRedirect, followRedirect } from '../model/redirect.ts';
import type { QueueService } from './service.ts';

/**
 * Removes a finished delivery as it was seen. If receipts found their way by it, a redirect is put first, as far as
 * the messages can still be found where it led; where that fails, it stays for whoever meets it next.
 *
 * @remarks Cost: one conditional removal. Of one that was replaced a ledger item more; of one with a `forward` a read
 * for each delivery that it names, another of the ledger where that is gone, and a ledger item if one of them is left.
 */
export async function removeFinished(service: QueueService, shard: ShardKey, seen: Delivery): Promise<void> {
  if (seen.replacedBy !== undefined || seen.forward.size > 0) {
    try {
      await leaveRedirect(service, shard, seen);
    } catch (error) {
      if (error instanceof QueueError) return;
      throw error;
    }
  }
  await service.shards.tryRemove(shard, seen.key, { edition: seen.edition });
}

async function leaveRedirect(service: QueueService, shard: ShardKey, seen: Delivery): Promise<void> {
  const { key, replacedBy } = seen;
  if (replacedBy !== undefined) {
    await service.ledger.putRedirect(shard, key, replacedBy, keptBeyond(visibleAtMs(replacedBy)));
    return;
  }
  const { forward, untilMs } = await liveForwards(service, shard, seen);
  if (forward.size === 0) return;
  await service.ledger.putRedirect(shard, key, encodeRedirect({ forward }), keptBeyond(untilMs));
}

/** Which messages are still where they were forwarded to, or lead on from there, and until when they are held. */
async function liveForwards(
  service: QueueService,
  shard: ShardKey,
  seen: Delivery,
): Promise<{ readonly forward: ReadonlyMap<number, Forward>; readonly untilMs: EpochMs }> {
  const keys = [...new Set([...seen.forward.values()].map(({ key }) => key))];
  const targets = new Map(
    await Promise.all(
      keys.map(async (key) => {
        const target = await service.shards.get(shard, key);
        return [key, target ?? (await service.ledger.redirect(shard, key))] as const;
      }),
    ),
  );
  const isLive = ({ key, index }: Forward) => {
    const target = targets.get(key);
    if (target === undefined) return false;
    if (typeof target === 'string') return followRedirect(target, index) !== undefined;
    return isOutstanding(target, index) || target.forward.has(index) || target.replacedBy !== undefined;
  };
  const held = [...targets.values()].flatMap((target) =>
    typeof target === 'object' ? [visibleAtMs(target.key), ...target.hidden.values()] : [],
  );
  return {
    forward: new Map([...seen.forward].filter(([, to]) => isLive(to))),
    untilMs: Math.max(service.clock.nowMs(), ...held) as EpochMs,
  };
}

const keptBeyond = (untilMs: EpochMs): EpochMs => (untilMs + LEDGER_KEEP_MS) as EpochMs;
