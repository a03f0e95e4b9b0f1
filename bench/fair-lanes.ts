/**
 * `fair`: the effect of lanes on quiet groups next to a noisy one, in virtual time. It models shards, lanes and claims,
 * without the engine: docs/decisions/0067-no-fair-queues-yet.md has its figures.
 */
import { SeededRandom } from '../src/stores/simulated/seeded-random.ts';

const NOISY = 10_000;
const QUIET_GROUPS = 10;
/** Messages of a receive, and of a send of the noisy group. */
const BATCH = 10;
const RECEIVE_MS = 20;
const DELETE_MS = 10;
/** How long quiet groups send, once a second each. */
const SPAN_MS = 60_000;
const SEEDS = 10;

type Lanes = 'none' | 'own' | 'first' | number;
interface Setup {
  /**
   * `none`: the present design; a number: that many lanes by a hash of the group; `own`: one for the noisy group and
   * one for the rest; `first`: like `own`, but every second receive looks at the quiet lanes of all shards first.
   */
  readonly lanes: Lanes;
  readonly shards: number;
  readonly consumers: number;
  /** How long a consumer works on a message. */
  readonly handleMs: number;
}

interface Message {
  readonly isQuiet: boolean;
  readonly sentAtMs: number;
}

interface Lane {
  /** Deliveries, each with the messages of one send, oldest first. */
  readonly deliveries: Message[][];
}

interface Measured {
  readonly waitsMs: number[];
  writeUnits: number;
  messages: number;
}

/** One run: consumers receive, work, delete, and receive again, with the lanes in turn. */
function run(setup: Setup, isNoisy: boolean, seed: number): Measured {
  const random = new SeededRandom(seed);
  const laneCount = setup.lanes === 'none' ? 1 : typeof setup.lanes === 'number' ? setup.lanes : 2;
  const lanes = Array.from({ length: setup.shards * laneCount }, (): Lane => ({ deliveries: [] }));
  const pick = (count: number) => Math.floor(random.next() * count);
  const laneOfGroup = Array.from({ length: QUIET_GROUPS + 1 }, (_, group) =>
    typeof setup.lanes === 'string' ? Number(group > 0) % laneCount : pick(laneCount),
  );
  const laneFor = (group: number) => lanes[pick(setup.shards) * laneCount + (laneOfGroup[group] ?? 0)];
  const measured: Measured = { waitsMs: [], writeUnits: 0, messages: 0 };
  if (isNoisy) {
    for (let sent = 0; sent < NOISY; sent += BATCH) {
      laneFor(0)?.deliveries.push(Array.from({ length: BATCH }, () => ({ isQuiet: false, sentAtMs: 0 })));
    }
  }
  const sends = Array.from({ length: (QUIET_GROUPS * SPAN_MS) / 1_000 }, (_, index) => ({
    group: 1 + (index % QUIET_GROUPS),
    atMs: Math.floor(index / QUIET_GROUPS) * 1_000 + random.next() * 1_000,
  })).toSorted((one, other) => one.atMs - other.atMs);
  const freeAtMs = Array.from({ length: setup.consumers }, () => 0);
  let turn = 0;
  let receives = 0;
  for (;;) {
    const nowMs = Math.min(...freeAtMs);
    if (nowMs > SPAN_MS) return measured;
    while (sends[0] !== undefined && sends[0].atMs <= nowMs) {
      const { group, atMs } = sends.shift() ?? { group: 1, atMs: 0 };
      laneFor(group)?.deliveries.push([{ isQuiet: true, sentAtMs: atMs }]);
      measured.writeUnits += 1;
    }
    const consumer = freeAtMs.indexOf(nowMs);
    const inTurn = lanes.map((_, index) => lanes[(turn + index) % lanes.length] as Lane);
    receives += 1;
    const isQuietsTurn = setup.lanes === 'first' && receives % 2 === 0;
    const order = isQuietsTurn
      ? inTurn.toSorted((one, other) => quietness(lanes, other) - quietness(lanes, one))
      : inTurn;
    const place = order.findIndex(({ deliveries }) => deliveries.length > 0);
    turn += place + 1;
    const taken = place < 0 ? [] : claim(order[place] as Lane, measured);
    const answeredAtMs = nowMs + RECEIVE_MS;
    for (const { isQuiet, sentAtMs } of taken) if (isQuiet) measured.waitsMs.push(answeredAtMs - sentAtMs);
    const workMs = taken.length === 0 ? 0 : taken.length * setup.handleMs + DELETE_MS;
    // An empty receive waits for the next send.
    const wakeAtMs = taken.length > 0 ? answeredAtMs + workMs : Math.max(nowMs + 1, sends[0]?.atMs ?? SPAN_MS + 1);
    freeAtMs[consumer] = wakeAtMs;
  }
}

/** 1 for a lane of the quiet groups, 0 for one of the noisy group, if each has lanes of its own. */
const quietness = (lanes: readonly Lane[], lane: Lane): number => lanes.indexOf(lane) % 2;

/** Takes over deliveries of one lane: puts a lease, removes or marks each delivery, removes the lease in the end. */
function claim({ deliveries }: Lane, measured: Measured): Message[] {
  const taken: Message[] = [];
  let touched = 0;
  while (taken.length < BATCH && deliveries[0] !== undefined) {
    const [first] = deliveries;
    touched += 1;
    taken.push(...first.splice(0, BATCH - taken.length));
    if (first.length === 0) deliveries.shift();
  }
  measured.writeUnits += 2 + touched;
  measured.messages += taken.length;
  return taken;
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((one, other) => one - other)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

function measure(setup: Setup, isNoisy: boolean): { p99Ms: number; unitsPerMessage: number; answered: number } {
  const runs = Array.from({ length: SEEDS }, (_, seed) => run(setup, isNoisy, seed + 1));
  const waitsMs = runs.flatMap((one) => one.waitsMs);
  const sum = (of: (one: Measured) => number) => runs.reduce((total, one) => total + of(one), 0);
  return {
    p99Ms: percentile(waitsMs, 0.99),
    unitsPerMessage: sum((one) => one.writeUnits) / sum((one) => one.messages),
    answered: waitsMs.length / ((QUIET_GROUPS * SPAN_MS * SEEDS) / 1_000),
  };
}

console.log(
  '| shards | consumers | work a message | lanes | quiet p99 alone | beside the backlog | times | write units |',
);
console.log('| ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: |');
for (const shards of [1, 12]) {
  for (const consumers of [1, 8]) {
    for (const handleMs of [0, 1, 10]) {
      const alone = measure({ lanes: 'none', shards, consumers, handleMs }, false);
      const before = measure({ lanes: 'none', shards, consumers, handleMs }, true);
      for (const lanes of ['none', 8, 32, 'own', 'first'] as const) {
        const beside = measure({ lanes, shards, consumers, handleMs }, true);
        const times = beside.p99Ms / alone.p99Ms;
        const units = 100 * (beside.unitsPerMessage / before.unitsPerMessage - 1);
        const waits = [alone.p99Ms, beside.p99Ms].map((ms) => `${Math.round(ms)} ms`).join(' | ');
        const share = beside.answered > 0.98 ? '' : ` (${Math.round(100 * beside.answered)} % came)`;
        const row = [shards, consumers, `${handleMs} ms`, lanes, `${waits}${share}`, times.toFixed(1)];
        console.log(`| ${[...row, `${units.toFixed(0)} %`].join(' | ')} |`);
      }
    }
  }
}
