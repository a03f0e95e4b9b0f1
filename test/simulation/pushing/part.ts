import type { EpochMs } from '../../../src/model/brand.ts';
import type { CallEnd, PushLease } from '../../../src/model/push/index.ts';
import { callTarget, change, LEASE_MS, START_MS_MAX, TARGET_MS } from './steps.ts';
import type { PushWorld, Story } from './world.ts';

const PART_MS = 30_000;
const EPOCH = 1;
/** Looks that find nothing, after which it ends. */
const LOOKS_MAX = 4;

/** The dispatcher of a part: takes it, counts its calls by itself, and gives it back when they have ended. */
export function* help(world: PushWorld, id: string): Story {
  const { rules, partsEnd, partsDrain, subscriptionMs } = world.pushing;
  const owner = `owner ${world.claims++}`;
  const untilMs = (world.nowMs + PART_MS + LEASE_MS) as EpochMs;
  const taken = yield* change(world, (lease) => rules.planOwnPart(lease, { id, owner, untilMs, nowMs: world.nowMs }));
  const slot = taken?.slots.find((one) => one.id === id);
  if (slot?.part === undefined) return;
  const { calls, perSecond } = slot.part;
  const limits = { ...world.limits, maxConcurrency: calls, ...(perSecond === undefined ? {} : { perSecond }) };
  const own = { lease: start(world) };
  let subscription = { isPaused: world.pausedAtMs !== undefined, readAtMs: world.nowMs };
  for (let looks = 0; looks < LOOKS_MAX; ) {
    yield 0;
    if (world.nowMs - subscription.readAtMs > subscriptionMs)
      subscription = { isPaused: world.pausedAtMs !== undefined, readAtMs: world.nowMs };
    if (subscription.isPaused || own.lease.breaker !== undefined) break;
    if (partsEnd && world.nowMs + LEASE_MS > slot.untilMs) break;
    if (world.lease === undefined) break;
    const ready = world.readyIn(rules.shareOf(world.lease, id, world.nowMs));
    const room = rules.messagesForNextCall(own.lease, limits, world.nowMs);
    if (ready.length > 0 && room > 0) {
      yield* startCall(world, own, { chosen: ready.slice(0, room), limits, readAtMs: subscription.readAtMs });
      looks = 0;
      continue;
    }
    if (ready.length === 0) looks++;
    yield 500;
  }
  for (let waitedMs = 0; partsDrain && waitedMs < TARGET_MS; waitedMs += 500) yield 500;
  const { breaker } = own.lease;
  yield* change(world, (lease) => {
    const running = partsDrain ? rules.runningSlots(own.lease, world.nowMs) : [];
    const end = { id, running, limits: world.limits, nowMs: world.nowMs, filtered: 0, breaker };
    return lease && rules.planEndPart(lease, end);
  });
}

const start = (world: PushWorld): PushLease => ({
  epoch: EPOCH,
  untilMs: Number.POSITIVE_INFINITY as EpochMs,
  slots: [],
  budget: { tokens: 0, atMs: world.nowMs },
});

/** As that of the first dispatcher, without a write: nobody else counts these calls. */
function* startCall(
  world: PushWorld,
  own: { lease: PushLease },
  { chosen, limits, readAtMs }: { chosen: PushWorld['messages']; limits: PushWorld['limits']; readAtMs: number },
): Story {
  const { rules, subscriptionMs } = world.pushing;
  const claim = ++world.claims;
  const leasedUntilMs = (world.nowMs + LEASE_MS) as EpochMs;
  for (const message of chosen) Object.assign(message, { claim, visibleAtMs: leasedUntilMs });
  yield 0;
  const slot = { id: `c${claim}`, untilMs: leasedUntilMs };
  const { nowMs } = world;
  const call = { epoch: EPOCH, slot, messageCount: chosen.length, limits, nowMs, awakeUntilMs: own.lease.untilMs };
  const planned = rules.planSlot(own.lease, call);
  const isInTime = nowMs + TARGET_MS < leasedUntilMs && nowMs - readAtMs <= subscriptionMs + START_MS_MAX;
  if (planned === undefined || !isInTime) return;
  own.lease = planned;
  world.spawn(callTarget(world, { claim, slotId: slot.id, onEnd }));

  function* onEnd(end: CallEnd): Story {
    own.lease = rules.planEnd(own.lease, { slotId: slot.id, end, nowMs: world.nowMs });
    yield 0;
  }
}
