import { describe, expect, it } from 'vitest';
import type { Ports } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import type { PushLease } from '../../src/model/push/index.ts';
import type { Catalog } from '../../src/ports/catalog.ts';
import { type DispatchingOptions, simulateDispatching } from './dispatching.ts';
import { replaced } from './replaced.ts';

const PLANTED_WORLDS_MAX = 60;

const isNoticed = async (planted: Omit<DispatchingOptions, 'seed'>, words: RegExp): Promise<boolean> => {
  for (let seed = 1; seed <= PLANTED_WORLDS_MAX; seed++) {
    if ((await simulateDispatching({ seed, ...planted })).some((what) => words.test(what))) return true;
  }
  return false;
};

/** Dispatchers see another lease record than the stored one. */
const seen =
  (change: (lease: PushLease) => PushLease) =>
  (ports: Ports): Ports => {
    const { catalog } = ports;
    const get = async (kind: never, name: string, options?: object) => {
      const stored = await catalog.get(kind, name, options);
      if ((kind as string) !== 'pushLease' || stored === undefined) return stored;
      return { ...(stored as object), value: change((stored as { value: PushLease }).value) };
    };
    return { ...ports, catalog: replaced(catalog, { get: get as Catalog['get'] }) };
  };

describe('the auditor of dispatchers', () => {
  it.each<[string, Omit<DispatchingOptions, 'seed'>, RegExp]>([
    ['the calls of a predecessor are forgotten', { plant: seen((lease) => ({ ...lease, slots: [] })) }, /at once/],
    [
      'the budget is always full',
      { plant: seen((lease) => ({ ...lease, budget: { ...lease.budget, tokens: 1e9, atMs: 0 as EpochMs } })) },
      /faster/,
    ],
    [
      'an unclear end is heard as done',
      { plantInAnswer: ({ end, ...answer }) => ({ ...answer, end: end.kind === 'status' ? end : DONE }) },
      /without an answer/,
    ],
    ['item failures are not heard', { plantInAnswer: ({ end }) => ({ end }) }, /without an answer/],
  ])('notices when %s', { timeout: 120_000 }, async (_, planted, words) => {
    expect(await isNoticed(planted, words)).toBe(true);
  });
});

const DONE = { kind: 'status', status: 200 } as const;
