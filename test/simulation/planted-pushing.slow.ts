import { describe, expect, it } from 'vitest';
import * as push from '../../src/model/push/index.ts';
import { simulatePushing } from './pushing/run.ts';
import type { Pushing } from './pushing/world.ts';

const PLANTED_WORLDS_MAX = 1_000;

const isNoticed = (planted: Partial<Pushing>, words: RegExp): boolean => {
  for (let seed = 1; seed <= PLANTED_WORLDS_MAX; seed++) {
    if (simulatePushing(seed, planted).some((what) => words.test(what))) return true;
  }
  return false;
};
const rules = (broken: Partial<typeof push>): Partial<Pushing> => ({ rules: { ...push, ...broken } });

const withoutParts = (slots: push.PushLease['slots']) => slots.filter(({ part }) => part === undefined);
const withoutOwner = (part: push.Part): push.Part => ({ calls: part.calls, perSecond: part.perSecond ?? 1_000 });

describe('the auditor of pushing', () => {
  it.each<[string, Partial<Pushing>, RegExp]>([
    ['a dispatcher does not look again once it sleeps', { looksAgain: false }, /nobody wakes/],
    ['a wake-up is sent and not noted', { notesWakes: false }, /nobody wakes/],
    ['calls begin before their slot is taken', { takesSlotFirst: false }, /at once|faster/],
    ['a pause is never read', { subscriptionMs: 600_000 }, /after the pause/],
    [
      'the calls of a predecessor are forgotten',
      rules({
        planTakeOver: (lease, how) => {
          const next = push.planTakeOver(lease, how);
          return next && { ...next, slots: [] };
        },
      }),
      /at once/,
    ],
    [
      'each dispatcher begins with a full budget',
      rules({
        planTakeOver: (lease, how) =>
          push.planTakeOver(lease && { ...lease, budget: { tokens: 1e9, atMs: how.nowMs } }, how),
      }),
      /faster/,
    ],
    [
      'a dead dispatcher counts as awake',
      rules({ isAsleep: (lease) => lease === undefined || lease.untilMs === 0 }),
      /./,
    ],
    [
      'an unclear end counts as done',
      rules({ verdictOn: (end) => (push.verdictOn(end) === 'unclear' ? 'done' : push.verdictOn(end)) }),
      /without an answer/,
    ],
    ['failed messages of a batch are not read', rules({ failedItems: () => [] }), /without an answer/],
  ])('notices when %s', (_, planted, words) => {
    expect(isNoticed(planted, words)).toBe(true);
  });
});

describe('the auditor of a divided queue', () => {
  it.each<[string, Partial<Pushing>, RegExp]>([
    [
      'calls of a part do not count for the first dispatcher',
      rules({
        planSlot: (lease, call) => {
          const parts = (lease?.slots ?? []).filter(({ part }) => part !== undefined);
          const next = push.planSlot(lease && { ...lease, slots: withoutParts(lease.slots) }, call);
          return next && { ...next, slots: [...parts, ...next.slots] };
        },
        messagesForNextCall: (lease, limits, nowMs) =>
          push.messagesForNextCall({ ...lease, slots: withoutParts(lease.slots) }, limits, nowMs),
      }),
      /at once/,
    ],
    [
      'a part has two owners',
      rules({
        planOwnPart: (lease, how) => {
          const slots = (lease?.slots ?? []).map(({ part, ...slot }) =>
            part === undefined ? slot : { ...slot, part: withoutOwner(part) },
          );
          return push.planOwnPart(lease && { ...lease, slots }, how);
        },
      }),
      /at once|faster/,
    ],
    ['the dispatcher of a part begins calls after its time', { partsEnd: false }, /at once/],
    ['a part is given back while its calls run', { partsDrain: false }, /at once/],
  ])('notices when %s', (_, planted, words) => {
    expect(isNoticed(planted, words)).toBe(true);
  });
});
