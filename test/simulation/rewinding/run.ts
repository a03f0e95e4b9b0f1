import { sweepCompactions } from '../../../src/engine/archive/apply-compaction.ts';
import { createQueue, type Ports } from '../../../src/engine/index.ts';
import { removeFinishedHolds } from '../../../src/engine/upkeep/finished-holds.ts';
import { PURGE_UNDO_MS } from '../../../src/model/limits.ts';
import { SeededRandom } from '../../../src/stores/simulated/seeded-random.ts';
import { Actors, COPIES, DEAD_LETTERS, QUEUE } from './actors.ts';
import { ArchiveDamage } from './damage.ts';
import { RewindFeed } from './feed.ts';
import { CELLS, RewindWorld } from './world.ts';

export interface RewindSimulation {
  readonly seed: number;
  /** Wraps the ports of each process. */
  readonly plant?: (ports: Ports) => Ports;
  /** Bits of the archive flip. @default drawn */
  readonly isDamaged?: boolean;
  readonly trace?: (line: string) => void;
}

export interface RewindReport {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** After this no call of a dead process, or without an answer, can take effect. */
const LATE_WORK_MS_MAX = 200_000;
const MAX_RECEIVES = 2;
const DAMAGE_SEED = 4_000_000_007;
/** Share of the worlds in which bits of the archive flip. */
const DAMAGE_SHARE = 0.3;

/**
 * A world of one queue. Its archiver, rewinders and compactor die, are throttled and get no answer. Its users, without
 * faults, send, consume, purge, rewind, cancel and redrive. Each rewind has to bring back exactly its window.
 */
export async function simulateRewinds(options: RewindSimulation): Promise<RewindReport> {
  const world = new RewindWorld(options);
  const actors = new Actors(world);
  try {
    await world.world.timeline.play(tell(world, actors, damageOf(world, options)));
  } catch (error) {
    world.witness.violations.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    world.isOver = true;
  }
  return { seed: options.seed, violations: world.witness.violations, counts: actors.counts };
}

/** Drawn apart, so that the stories of all other worlds stay as they are. */
function damageOf(world: RewindWorld, { seed, isDamaged }: RewindSimulation): ArchiveDamage | undefined {
  const random = new SeededRandom(seed + DAMAGE_SEED);
  const isDrawn = random.chance(DAMAGE_SHARE);
  return (isDamaged ?? isDrawn) ? new ArchiveDamage(world, random) : undefined;
}

async function tell(world: RewindWorld, actors: Actors, damage: ArchiveDamage | undefined): Promise<void> {
  const { random } = world;
  const service = world.open('operator');
  await createQueue(service, { name: DEAD_LETTERS, settings: {} });
  const shards = random.between(1, 2);
  const deadLetter = { queue: DEAD_LETTERS, maxReceives: MAX_RECEIVES };
  const { queue: copies } = await createQueue(service, { name: COPIES, settings: {} });
  world.witness.copiesId = copies.id;
  await createQueue(service, { name: QUEUE, settings: { shards: { min: shards, max: shards }, deadLetter } });
  const pieces = world.isSplit ? ([0, 1] as const) : ([0] as const);
  const feeds = CELLS.flatMap((cell) => pieces.map((piece) => new RewindFeed(world, { cell, piece })));
  world.onChange = (change) => {
    for (const feed of feeds) feed.add(change);
  };
  for (const feed of feeds) void feed.run();
  const hasPurge = random.chance(0.3);
  const others = damage === undefined ? [] : [damage.run()];
  await traffic(actors, hasPurge ? [actors.purge(), ...others] : others);
  if (hasPurge || random.chance(0.3)) {
    await world.sleep(PURGE_UNDO_MS - random.below(60_000));
    await traffic(actors, [actors.discard(4), sweepCompactions(service), actors.forgetHolds()]);
  }
  world.endFaults();
  for (const feed of feeds) feed.calmDown();
  const settle = async () => {
    await world.sleep(LATE_WORK_MS_MAX);
    while (!feeds.every((feed) => feed.isSettled)) await world.sleep(1_000);
  };
  const rest = async (ms: number) => {
    for (const feed of feeds) feed.calmDown({ isResting: true });
    await world.sleep(ms);
    for (const feed of feeds) feed.calmDown();
  };
  await end({ world, actors, settle, rest });
}

async function traffic(actors: Actors, more: readonly Promise<void>[]): Promise<void> {
  await Promise.all([
    actors.produce(12),
    actors.consume(14),
    actors.consume(14),
    actors.rewind(2),
    actors.rewind(1),
    actors.compact(2),
    actors.redrive(),
    actors.changeWindow(2),
    ...more,
  ]);
}

const LAST_REWINDS = [
  ['sentAt', QUEUE],
  ['deletedAt', COPIES],
  ['deletedAt', QUEUE],
] as const;
const LAST_OF_COPIES = [
  ['sentAt', COPIES],
  ['deletedAt', QUEUE],
] as const;
/** Until the next walk over the holds, and one more. */
const WALKS_MS = 7 * 3_600_000;

/** When nothing waits and no rewind runs, holds leave, except those that refer to purged messages. */
async function forgetAll(world: RewindWorld, rest: (ms: number) => Promise<void>): Promise<void> {
  const service = world.open('operator');
  for (let walk = 0; walk < 2; walk++) {
    await rest(WALKS_MS);
    await removeFinishedHolds(service);
  }
  for (const { name, value } of world.world.records.list('hold', { limit: 10_000 })) {
    if (value.purged.length === 0 && !world.witness.heldAside.has(name))
      world.witness.violations.push(`hold ${name} does not leave`);
  }
}

/** Consumes everything; then each kind of rewind must bring back each message once. */
async function end(at: {
  readonly world: RewindWorld;
  readonly actors: Actors;
  readonly settle: () => Promise<void>;
  readonly rest: (ms: number) => Promise<void>;
}): Promise<void> {
  const { world, actors, settle, rest } = at;
  await settle();
  await actors.goOn();
  await actors.drainAll();
  await rest(PURGE_UNDO_MS + 60_000);
  await actors.discard(8);
  await actors.drainAll();
  await settle();
  await forgetAll(world, rest);
  if (!(await actors.compactOnce())) world.witness.violations.push('the archive could not be compacted at the end');
  await actors.rewindSinceDeletion();
  await actors.drainAll();
  await settle();
  const last = [
    ...LAST_REWINDS.map((one) => [...one, QUEUE] as const),
    ...LAST_OF_COPIES.map((one) => [...one, COPIES] as const),
  ];
  for (const [by, into, queue] of last) {
    const { id } = await actors.rewindAll(by, into, queue);
    const came = (await actors.drainAll()).toSorted();
    const aside = world.witness.asideOf(id);
    const expected = world.witness
      .broughtBy(id)
      .filter((one) => !aside.has(one))
      .toSorted();
    actors.counts.aside += aside.size;
    if (came.join() !== expected.join()) {
      const more = came.filter((one, index) => came.indexOf(one) !== index || !expected.includes(one));
      const figures = `${expected.length} messages were brought by ${by} into ${into}, and ${came.length} came`;
      world.witness.violations.push(`${figures}: ${more.join(', ')}`);
    }
    await settle();
    await sweepCompactions(world.open('operator'));
  }
  for (const one of world.witness.outstanding()) world.witness.violations.push(`${one} is left`);
}
