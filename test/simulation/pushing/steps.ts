import type { CallEnd, PushLease } from '../../../src/model/push/index.ts';
import type { PushWorld, Story } from './world.ts';

/** Longest work of a target that answers, and the lease of the messages that it gets. */
export const TARGET_MS = 20_000;
export const LEASE_MS = TARGET_MS + 30_000;
const RETRY_MS = 2_000;
/** A call that cannot begin this soon after its slot was taken does not begin: its pace was that of another moment. */
export const START_MS_MAX = 500;

/** Changes the record: one read, one conditional write, again after a lost race. */
export function* change(
  world: PushWorld,
  next: (lease: PushLease | undefined) => PushLease | undefined,
): Generator<number, PushLease | undefined> {
  for (;;) {
    yield 0;
    const { lease, version } = world;
    const planned = next(lease);
    if (planned === undefined) return undefined;
    yield 0;
    const outcome = world.write(planned, version);
    if (outcome === 'done') return planned;
    if (outcome === 'unclear') return undefined;
  }
}

const ENDS: readonly CallEnd[] = [
  { kind: 'status', status: 200 },
  { kind: 'status', status: 200 },
  { kind: 'status', status: 200 },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 429 },
  { kind: 'timedOut' },
  { kind: 'answerCut' },
  { kind: 'notConnected' },
];

/** A call that has begun ends at the target whatever becomes of its dispatcher, which may die before the answer. */
export function* callTarget(
  world: PushWorld,
  { claim, slotId, onEnd }: { claim: number; slotId: string; onEnd: (end: CallEnd) => Story },
): Story {
  const { rules } = world.pushing;
  const batch = world.messages.filter((one) => one.claim === claim && !one.isDeleted);
  world.noteStart(slotId, batch.length);
  const end = world.hasFaults ? world.random.pick(ENDS) : (ENDS[0] as CallEnd);
  const isAnswered = end.kind === 'status';
  yield world.random.below(isAnswered ? TARGET_MS : LEASE_MS - TARGET_MS);
  const ids = batch.map(({ id }) => id);
  const listed = world.hasFaults ? ids.filter(() => world.random.chance(0.2)) : [];
  const isGood = end.kind === 'status' && end.status === 200;
  for (const message of batch) {
    message.isReached ||= end.kind !== 'notConnected';
    message.isAnswered ||= isGood && !listed.includes(message.id);
  }
  world.running.delete(slotId);
  if (world.hasFaults && world.random.chance(0.05)) return;
  yield 0;
  const verdict = rules.verdictOn(end);
  if (verdict === 'unclear') return;
  const answer = JSON.stringify({ batchItemFailures: listed.map((itemIdentifier) => ({ itemIdentifier })) });
  const failed = verdict === 'done' ? rules.failedItems(answer, ids) : ids;
  for (const message of batch.filter((one) => one.claim === claim && !one.isDeleted)) {
    if (failed.includes(message.id)) message.visibleAtMs = Math.max(message.visibleAtMs, world.nowMs + RETRY_MS);
    else world.delete(message);
  }
  yield* onEnd(end);
}
