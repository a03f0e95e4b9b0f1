import { describe, expect, it } from 'vitest';
import { archive, getRewind, type QueueService, startRewind } from '../../src/engine/index.ts';
import type { Change } from '../../src/model/change.ts';
import { visibleAtMs } from '../../src/model/ids.ts';
import { replaced } from '../simulation/replaced.ts';
import { given, type World } from '../support/given.ts';

const LEASE_MS = 30_000;
/** The feed of deliveries more than ten seconds ahead is silent for this long. */
const PIECE_MS = 10_000;
const LAG_MS = 5_000;

/** A process over a store that reports deliveries far ahead in a shard in a separate feed, which lags. */
function openSplit(world: World, barrierOffsetsMs: readonly number[]): QueueService {
  const startMs = world.clock.nowMs();
  const waiting: Change[] = [];
  const isAhead = ({ before, after }: Change) => {
    const key = (after ?? before)?.key;
    return key !== undefined && visibleAtMs(key) >= startMs + PIECE_MS;
  };
  const sleep = async (ms: number) => {
    const nowMs = world.clock.advance(ms);
    waiting.push(...(await world.takeChanges()));
    const isLagging = nowMs < startMs + LAG_MS;
    const told = waiting.filter((change) => !isLagging || !isAhead(change));
    for (const change of told) waiting.splice(waiting.indexOf(change), 1);
    for (const ahead of [false, true]) {
      const some = told.filter((change) => isAhead(change) === ahead);
      if (some.length > 0) await archive(world.service, some);
    }
  };
  const clock = { nowMs: () => world.clock.nowMs(), sleep };
  return world.process({}, { clock, shards: replaced(world.ports.shards, { barrierOffsetsMs }) });
}

/** Rewinds one message that was just deleted from a lease far ahead in its shard. */
async function rewindDeleted(barrierOffsetsMs: readonly number[]): Promise<number> {
  const world = await given({ sent: ['one'] });
  await world.settle();
  world.clock.advance(1_000);
  const service = openSplit(world, barrierOffsetsMs);
  await world.delete(await world.receive({ visibilityMs: LEASE_MS }));
  world.clock.advance(1);
  const { id } = await startRewind(service, world.everything());
  await world.runRewinds(service);
  return (await getRewind(service, 'orders', id)).messagesRewound;
}

describe('a rewind of a shard whose pieces have feeds of their own', () => {
  it('waits for all of them', async () => {
    expect(await rewindDeleted([0, LEASE_MS])).toBe(1);
  });

  it('would miss what one of them has still to tell, behind a single barrier', async () => {
    expect(await rewindDeleted([0])).toBe(0);
  });
});
