import { describe, expect, it } from 'vitest';
import type { ShardKey } from '../../../src/model/ids.ts';
import { type Faults, NO_FAULTS } from '../../../src/stores/simulated/faults.ts';
import { SimulatedWorld } from '../../../src/stores/simulated/simulated-world.ts';
import { inlineDelivery } from '../../support/deliveries.ts';
import { freshKey, freshShard } from '../../support/ids.ts';

const shard = freshShard();
const keys = Array.from({ length: 40 }, (_, index) => freshKey(index));

/** Forty puts at once, each by a process of its own; their outcomes, in the order of the answers. */
async function given(seed: number, faults: Partial<Faults>): Promise<{ world: SimulatedWorld; answers: string[] }> {
  const world = new SimulatedWorld({ seed });
  world.faults = { ...NO_FAULTS, ...faults };
  const answers: string[] = [];
  const puts = keys.map(async (key, index) => {
    const { process, ports } = world.start(`p${index}`);
    const put = ports.shards.put([{ shard, delivery: inlineDelivery(key) }]);
    const answer = await Promise.race([put, process.death.then(() => ['died'])]);
    answers.push(`${index} ${answer[0]} at ${world.timeline.nowMs}`);
  });
  await world.timeline.play(Promise.all(puts));
  return { world, answers };
}

const storedCount = (world: SimulatedWorld, of: ShardKey): number => [...world.deliveries.of(of)].length;
const countOf = (answers: readonly string[], word: string): number =>
  answers.filter((answer) => answer.includes(word)).length;

describe('simulated world', () => {
  it('tells the same story for the same seed and another one for another', async () => {
    const faults = { crash: 0.2, lostAnswer: 0.2, throttle: 0.2, slow: 0.2 };

    const [first, again, other] = [await given(7, faults), await given(7, faults), await given(8, faults)];

    expect(again.answers).toEqual(first.answers);
    expect(other.answers).not.toEqual(first.answers);
  });

  it('answers concurrent calls in an order of its own, and stores them all', async () => {
    const { world, answers } = await given(1, {});

    expect(answers.map((answer) => Number.parseInt(answer, 10))).not.toEqual([...keys.keys()]);
    expect(countOf(answers, 'stored')).toBe(keys.length);
    expect(storedCount(world, shard)).toBe(keys.length);
  });

  it('does nothing where it throttles', async () => {
    const { world, answers } = await given(1, { throttle: 1 });

    expect(countOf(answers, 'throttled')).toBe(keys.length);
    expect(storedCount(world, shard)).toBe(0);
  });

  it('has done, or not, or does later what it gives no answer for', async () => {
    const { world, answers } = await given(1, { lostAnswer: 1 });
    const atAnswer = storedCount(world, shard);
    await world.timeline.sleep(60_000);
    const later = storedCount(world, shard);

    expect(countOf(answers, 'unclear')).toBe(keys.length);
    expect(atAnswer).toBeGreaterThan(0);
    expect(later).toBeGreaterThan(atAnswer);
    expect(later).toBeLessThan(keys.length);
  });

  it('lets nothing in a process go on that died', async () => {
    const { world, answers } = await given(1, { crash: 1 });

    expect(countOf(answers, 'died')).toBe(keys.length);
    expect(storedCount(world, shard)).toBeGreaterThan(0);
  });

  it('passes minutes in no time', async () => {
    const { world } = await given(1, { slow: 1 });

    expect(world.timeline.nowMs).toBeGreaterThan(1_800_000_000_000 + 60_000);
  });

  it('says so when everyone waits for what never happens', async () => {
    const world = new SimulatedWorld({ seed: 1 });

    const story = world.timeline.play(new Promise(() => {}));

    await expect(story).rejects.toThrow('stuck');
  });

  it('may list a slightly older state of a shard without consistency', async () => {
    const world = new SimulatedWorld({ seed: 1 });
    const { shards } = world.start('reader').ports;
    const [from, before] = [keys[0], freshKey(1_000)];
    if (from === undefined) throw new Error('there are keys');
    await shards.put([{ shard, delivery: inlineDelivery(from) }]);

    const counts = { true: new Set<number>(), false: new Set<number>() };
    for (let look = 0; look < 20; look++) {
      for (const isConsistent of [true, false]) {
        const page = await shards.list(shard, { from, before, limit: 10, isConsistent });
        counts[`${isConsistent}`].add(page.deliveries.length);
      }
    }

    expect(counts.true).toEqual(new Set([1]));
    expect(counts.false).toEqual(new Set([0, 1]));
  });

  it('tells each change in the order it was made', async () => {
    const { world } = await given(3, {});

    const { changes } = world.deliveries;
    expect(changes).toHaveLength(keys.length);
    const sequences = changes.map((change) => change.sequence);
    const moments = changes.map((change) => change.atMs);
    expect(sequences).toEqual([...sequences].sort());
    expect(moments).toEqual([...moments].sort((one, other) => one - other));
  });
});
