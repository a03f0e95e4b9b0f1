import type { EpochMs } from '../../../src/model/brand.ts';
import type { CallEnd, PushLease } from '../../../src/model/push/index.ts';
import { help } from './part.ts';
import { callTarget, change, LEASE_MS, START_MS_MAX, TARGET_MS } from './steps.ts';
import { type PushWorld, SHARDS, type Story } from './world.ts';

const MINUTE_MS = 60_000;
const AWAKE_MS = 8_000;
const LIFE_MS = 30_000;
const SOON_MS = 10_000;
/** A part that nobody takes ends after this. */
const PART_START_MS = 15_000;

/** Notes that the queue is to be woken, and then wakes it: a note outlives an invocation that is lost. */
export function* wake(world: PushWorld): Story {
  if (world.pushing.notesWakes) world.due.set(`wake ${world.claims++}`, minuteOf(world.nowMs + 1));
  yield 0;
  invoke(world);
}

/** An asynchronous invocation: it may be lost, come twice, or come late. */
function invoke(world: PushWorld, story = dispatch): void {
  if (world.hasFaults && world.random.chance(0.03)) return;
  const copies = world.hasFaults && world.random.chance(0.3) ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) world.spawn(arriving(world, story));
}

function* arriving(world: PushWorld, story: typeof dispatch): Story {
  yield world.random.below(world.random.chance(0.3) ? 90_000 : 100);
  world.spawn(story(world), true);
}

/** A sender, and behind it the feed, which reads the record after the message is stored. */
export function* sendMany(world: PushWorld, count: number): Story {
  for (let sent = 0; sent < count; sent++) {
    yield world.random.chance(0.4) ? world.random.below(40_000) : world.random.below(500);
    for (let more = world.isBusy ? world.random.below(4) : 0; more >= 0; more--) world.send();
    world.untold++;
    world.spawn(feed(world));
  }
}

function* feed(world: PushWorld): Story {
  yield world.random.chance(0.5) ? 0 : world.random.below(1_000);
  if (world.pushing.rules.isAsleep(world.lease, world.nowMs)) yield* wake(world);
  world.untold--;
}

/** Wakes at due times. Only the dispatcher that has looked removes an entry, so that its death costs a minute. */
export function* control(world: PushWorld): Story {
  for (;;) {
    yield MINUTE_MS;
    const isDue = [...world.due.values()].some((one) => one <= world.nowMs);
    if (isDue && world.pushing.rules.isAsleep(world.lease, world.nowMs)) invoke(world);
  }
}

export function* pauseAndResume(world: PushWorld): Story {
  yield world.random.below(200_000);
  world.pausedAtMs = world.nowMs;
  yield world.random.below(60_000);
  world.pausedAtMs = undefined;
  yield* wake(world);
}

const minuteOf = (atMs: number): number => Math.ceil(atMs / MINUTE_MS) * MINUTE_MS;

function* takeOver(world: PushWorld): Generator<number, PushLease | undefined> {
  yield 0;
  const untilMs = (world.nowMs + AWAKE_MS) as EpochMs;
  const { limits } = world;
  return yield* change(world, (lease) =>
    world.pushing.rules.planTakeOver(lease, { nowMs: world.nowMs, untilMs, limits }),
  );
}

/** A dispatcher: takes over, starts calls while something is ready, and goes to sleep. */
function* dispatch(world: PushWorld): Story {
  const { rules, looksAgain, hasWatchdog, subscriptionMs } = world.pushing;
  const note = `dispatcher ${world.claims++}`;
  // These were noted before the looks that follow. What is noted later may be about what the looks miss.
  const seen = [...world.due.keys()];
  // The entry of the wake-up outlives a dispatcher that dies. One that was woken late may find none.
  if (seen.length === 0 && hasWatchdog) world.due.set(note, minuteOf(world.nowMs + AWAKE_MS));
  let taken = yield* takeOver(world);
  if (taken === undefined) world.due.delete(note);
  const endMs = world.nowMs + LIFE_MS;
  let subscription = { isPaused: world.pausedAtMs !== undefined, readAtMs: world.nowMs };
  while (taken !== undefined) {
    const { epoch } = taken;
    yield 0;
    if (world.nowMs - subscription.readAtMs > subscriptionMs)
      subscription = { isPaused: world.pausedAtMs !== undefined, readAtMs: world.nowMs };
    if (!rules.isOwn(world.lease, epoch)) return;
    const isOver = world.nowMs > endMs;
    const own = world.readyIn(rules.shareOf(world.lease, undefined, world.nowMs));
    const ready = subscription.isPaused ? [] : own.length > 0 ? own : world.ready();
    const room = rules.messagesForNextCall(world.lease, world.limits, world.nowMs);
    if (ready.length > 0 && room > 0 && !isOver) {
      if (!(yield* startCall(world, { epoch, ready, readAtMs: subscription.readAtMs }))) return;
      if (world.isBusy && world.random.chance(0.3)) yield* split(world, epoch);
      continue;
    }
    const nextMs = nextDueMs(world);
    if (!isOver && !subscription.isPaused && nextMs < world.nowMs + SOON_MS) {
      yield* stayAwake(world, epoch);
      continue;
    }
    if ((yield* change(world, (lease) => rules.planSleep(lease, epoch))) === undefined) return;
    if (isOver) return yield* wake(world);
    yield 0;
    if (looksAgain && !subscription.isPaused && world.ready().length > 0) taken = yield* takeOver(world);
    else return fallAsleep(world, [...seen, note], looksAgain ? nextDueMs(world) : nextMs);
  }
}

/** Another dispatcher takes a part of the calls. */
function* split(world: PushWorld, epoch: number): Story {
  const id = `part ${world.claims++}`;
  const untilMs = (world.nowMs + PART_START_MS) as EpochMs;
  const part = { epoch, id, limits: world.limits, shardCount: SHARDS, untilMs };
  const planned = yield* change(world, (lease) => world.pushing.rules.planPart(lease, { ...part, nowMs: world.nowMs }));
  if (planned !== undefined) invoke(world, (there) => help(there, id));
}

const nextDueMs = (world: PushWorld): number =>
  Math.min(...world.messages.filter((one) => !one.isDeleted).map((one) => one.visibleAtMs));

/** Entries leave that the last look has made superfluous; one for what comes due later is put first. */
function fallAsleep(world: PushWorld, superfluous: readonly string[], nextMs: number): void {
  if (Number.isFinite(nextMs)) world.due.set(`due ${world.claims++}`, minuteOf(Math.max(nextMs, world.nowMs + 1)));
  for (const name of superfluous) world.due.delete(name);
}

/** Waits for room or for a due time; a slot without messages would prolong the lease, so this does it alone. */
function* stayAwake(world: PushWorld, epoch: number): Story {
  yield 500;
  const untilMs = (world.nowMs + AWAKE_MS) as EpochMs;
  yield* change(world, (lease) => world.pushing.rules.planStay(lease, epoch, untilMs));
}

/** Claims, takes the slot, and calls. @returns false when this dispatcher has to end */
function* startCall(
  world: PushWorld,
  { epoch, ready, readAtMs }: { epoch: number; ready: PushWorld['messages']; readAtMs: number },
): Generator<number, boolean> {
  const { rules, takesSlotFirst } = world.pushing;
  const { limits, lease } = world;
  if (lease === undefined) return false;
  const claim = ++world.claims;
  const untilMs = (world.nowMs + LEASE_MS) as EpochMs;
  const chosen = ready.slice(0, rules.messagesForNextCall(lease, limits, world.nowMs));
  for (const message of chosen) Object.assign(message, { claim, visibleAtMs: untilMs });
  const slot = { id: `c${claim}`, untilMs };
  function* onEnd(end: CallEnd): Story {
    yield* change(world, (now) => now && rules.planEnd(now, { slotId: slot.id, end, nowMs: world.nowMs }));
  }
  const call = () => callTarget(world, { claim, slotId: slot.id, onEnd });
  if (!takesSlotFirst) world.spawn(call());
  const awakeUntilMs = (world.nowMs + AWAKE_MS) as EpochMs;
  const messageCount = chosen.length;
  const stored = yield* change(world, (now) =>
    rules.planSlot(now, { epoch, slot, messageCount, limits, nowMs: world.nowMs, awakeUntilMs }),
  );
  if (stored === undefined || !takesSlotFirst) return stored !== undefined;
  // A step may take long: what was true before it may be over.
  const isPrompt = world.nowMs - stored.budget.atMs <= START_MS_MAX;
  const isInTime =
    isPrompt && world.nowMs + TARGET_MS < untilMs && world.nowMs - readAtMs <= world.pushing.subscriptionMs + 500;
  if (isInTime) world.spawn(call());
  else yield* change(world, (now) => now && rules.planFree(now, slot.id, world.nowMs));
  return true;
}
