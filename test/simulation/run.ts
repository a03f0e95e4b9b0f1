import type { Ports } from '../../src/engine/index.ts';
import type { Change } from '../../src/model/change.ts';
import { cellId } from '../../src/model/ids.ts';
import type { Telling } from '../../src/model/totals.ts';
import { type Faults, NO_FAULTS } from '../../src/stores/simulated/faults.ts';
import { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import type { Violation } from './auditor.ts';
import { Damage } from './damage.ts';
import { Ending } from './ending.ts';
import { Feed, type PlantBehindBatch } from './feed.ts';
import { QUEUE_CHANGES, type QueueChange, QueueChanges, RESTORED_LATE } from './queue-changes.ts';
import { type Pace, RouteChanges } from './route-changes.ts';
import { Workload } from './workload.ts';
import { Deployment } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** Wraps the ports of each process. */
  readonly plant?: (ports: Ports) => Ports;
  /** Changes the feed's changes. */
  readonly plantInFeed?: (change: Change) => Change;
  /** Follows each batch that the archiver has done. */
  readonly plantBehindBatch?: PlantBehindBatch;
  /** Feeds give up batches, which an operator replays. @default drawn, in few worlds */
  readonly givesUp?: boolean;
  /** As what replays come. @default replays */
  readonly replayedAs?: Telling;
  /** In place of those that the seed draws. */
  readonly faults?: Faults;
  readonly trace?: (line: string) => void;
  /** How routes change meanwhile; `still`: not at all. @default drawn, in every other world */
  readonly routes?: Pace | 'still';
  /** The operator's changes to queues. @default drawn, in some worlds that end without a purge or a deletion */
  readonly queues?: QueueChange;
  /** Operations of producers and consumers together. @default a world that is over soon */
  readonly steps?: number;
  /** Clocks of instances are ahead or behind by up to so many milliseconds. @default drawn, 0 in most worlds */
  readonly skewMsMax?: number;
  /** Bits of stored payloads flip. @default drawn, in few worlds */
  readonly isDamaged?: boolean;
  /** At the end messages are searched by their ids. @default drawn, in few worlds */
  readonly isSearched?: boolean;
  /** Small messages come one at a time, so that many leases lie in place. @default drawn, in some worlds */
  readonly isTrickle?: boolean;
  /** Somebody asks for counts all the time. @default drawn */
  readonly isCounted?: boolean;
}

export interface Report {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** What happened, to check the coverage of a simulation. */
  readonly counts: Readonly<Record<string, number>>;
}

const ROUTES_SEED = 1_000_000_007;
const QUEUES_SEED = 2_000_000_011;
const GIVING_UP_SEED = 3_000_000_019;
/** Share of the worlds in which feeds give up batches. */
const GIVING_UP_SHARE = 0.15;
const SKEW_SEED = 5_000_000_039;
/** Share of the worlds in which clocks differ, and how far each is ahead or behind at most, in milliseconds. */
const SKEW_SHARE = 0.15;
const SKEW_MS_MAX = 2_000;
const DAMAGE_SEED = 4_000_000_007;
/** Share of the worlds in which bits flip. */
const DAMAGE_SHARE = 0.15;
const RESTORED_LATE_SEED = 7_000_000_051;
const RESTORED_LATE_SHARE = 0.1;
const SEARCH_SEED = 6_000_000_041;
/** Share of the worlds that somebody searches at the end. */
const SEARCH_SHARE = 0.15;
const TRICKLE_SEED = 8_000_000_029;
/** Share of the worlds in which small messages come one at a time. */
const TRICKLE_SHARE = 0.3;
const QUEUE_CHANGES_SHARE = 0.7;
/** Share of the worlds in which routes change. */
const CHANGING_SHARE = 1 / 2;

/** Kinds of worlds; each fault alone shows bugs that the others would excuse. */
const FAULTS: readonly Faults[] = [
  NO_FAULTS,
  { ...NO_FAULTS, throttle: 0.03 },
  { ...NO_FAULTS, crash: 0.01 },
  { ...NO_FAULTS, lostAnswer: 0.02 },
  { ...NO_FAULTS, slow: 0.01 },
  { crash: 0.004, lostAnswer: 0.006, throttle: 0.01, slow: 0.003 },
  { crash: 0.02, lostAnswer: 0.03, throttle: 0.03, slow: 0.01 },
];

/** One world from its first message to its last, with the auditor's findings. The same seed gives the same report. */
export async function simulate(options: SimulationOptions): Promise<Report> {
  const random = new SeededRandom(options.seed);
  const deployment = new Deployment({ ...options, random: random.fork(), skewMsMax: skewMsMaxOf(options) });
  if (deployment.world.skewMsMax > 0) deployment.count('clocks differ');
  const workload = new Workload(deployment, random.fork(), { ...options, isTrickle: isTrickleIn(options) });
  const routes = routeChanges(deployment, workload, options);
  const queues = queueChanges(deployment, workload, options);
  const damage = damageOf(deployment, options);
  const givingUp = givingUpOf(options);
  const feeds = [0, 1].map((number) => {
    const { isCounted: isQuick } = workload.plan;
    return new Feed(deployment, { ...options, cell: cellId(number), random: random.fork(), isQuick, givingUp });
  });
  deployment.onChange = (change) => {
    for (const feed of feeds) feed.add(change);
  };
  const story = tell(deployment, {
    workload,
    feeds,
    others: [routes, queues, damage].filter((one) => one !== undefined),
    faults: options.faults ?? random.pick(FAULTS),
    isSearched: isSearchedIn(options),
  });
  try {
    await deployment.world.timeline.play(story);
  } catch (error) {
    deployment.auditor.violate('bug', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return { seed: options.seed, violations: deployment.auditor.violations, counts: deployment.counts };
}

/** Drawn separately, so that the stories of all other worlds stay the same. */
function routeChanges(
  deployment: Deployment,
  workload: Workload,
  { seed, routes }: SimulationOptions,
): RouteChanges | undefined {
  const random = new SeededRandom(seed + ROUTES_SEED);
  const drawn = random.chance(CHANGING_SHARE)
    ? { pauseMs: 10_000, changes: 10, failures: random.pick([0, 0.2]) }
    : 'still';
  const pace = routes ?? drawn;
  return pace === 'still' ? undefined : new RouteChanges(deployment, workload, { random, pace });
}

/** Drawn separately as well. A world with its own purges or deletions gets none of these. */
function queueChanges(
  deployment: Deployment,
  workload: Workload,
  { seed, queues }: SimulationOptions,
): QueueChanges | undefined {
  const random = new SeededRandom(seed + QUEUES_SEED);
  const drawn = random.chance(QUEUE_CHANGES_SHARE) ? random.pick(QUEUE_CHANGES) : undefined;
  const isLate = new SeededRandom(seed + RESTORED_LATE_SEED).chance(RESTORED_LATE_SHARE);
  const kind = queues ?? (isLate ? RESTORED_LATE : drawn);
  if (kind === undefined || workload.plan.ending !== 'none') return undefined;
  return new QueueChanges(deployment, workload, { random, kind });
}

/** Drawn apart as well. */
function givingUpOf({ seed, givesUp }: SimulationOptions): SeededRandom | undefined {
  const random = new SeededRandom(seed + GIVING_UP_SEED);
  const isDrawn = random.chance(GIVING_UP_SHARE);
  return (givesUp ?? isDrawn) ? random : undefined;
}

/** Drawn apart as well. */
function skewMsMaxOf({ seed, skewMsMax }: SimulationOptions): number {
  return skewMsMax ?? (new SeededRandom(seed + SKEW_SEED).chance(SKEW_SHARE) ? SKEW_MS_MAX : 0);
}

/** Drawn apart as well. */
const isSearchedIn = ({ seed, isSearched }: SimulationOptions): boolean =>
  isSearched ?? new SeededRandom(seed + SEARCH_SEED).chance(SEARCH_SHARE);

/** Drawn apart as well. */
const isTrickleIn = ({ seed, isTrickle }: SimulationOptions): boolean =>
  isTrickle ?? new SeededRandom(seed + TRICKLE_SEED).chance(TRICKLE_SHARE);

/** Drawn apart as well. */
function damageOf(deployment: Deployment, { seed, isDamaged }: SimulationOptions): Damage | undefined {
  const random = new SeededRandom(seed + DAMAGE_SEED);
  const isDrawn = random.chance(DAMAGE_SHARE);
  return (isDamaged ?? isDrawn) ? new Damage(deployment, random) : undefined;
}

interface Actors {
  readonly workload: Workload;
  readonly feeds: readonly Feed[];
  /** Those that do something beside users and feeds, until these have done their work. */
  readonly others: readonly { run(): Promise<void>; stop(): void }[];
  readonly faults: Faults;
  readonly isSearched: boolean;
}

async function tell(deployment: Deployment, { workload, feeds, others, faults, isSearched }: Actors): Promise<void> {
  for (const feed of feeds) void feed.run();
  await workload.create();
  deployment.beginFaults(faults);
  const changing = Promise.all(others.map((one) => one.run()));
  await workload.run();
  for (const one of others) one.stop();
  await changing;
  deployment.endFaults();
  await deployment.settle();
  const feedSettled = async () => {
    while (!feeds.every((feed) => feed.isSettled)) await deployment.sleep(1_000);
  };
  await new Ending(deployment, workload, { feedSettled, isSearched }).run();
}
