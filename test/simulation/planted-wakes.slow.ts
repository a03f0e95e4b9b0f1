import { describe, expect, it } from 'vitest';
import type { Ports } from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import type { PushLease } from '../../src/model/push/index.ts';
import type { Catalog } from '../../src/ports/catalog.ts';
import { type DispatchingOptions, simulateDispatching } from './dispatching.ts';
import { replaced } from './replaced.ts';

const WORLDS = 60;

/** The violations of the first world that breaks a promise. */
const firstBroken = async (planted: Omit<DispatchingOptions, 'seed'>): Promise<readonly string[]> => {
  for (let seed = 1; seed <= WORLDS; seed++) {
    const violations = await simulateDispatching({ seed, isOnAws: true, ...planted });
    if (violations.length > 0) return [`world ${seed}`, ...violations];
  }
  return [];
};

/** The record says asleep only a while after the dispatcher has looked once more. */
const sleepsLate = (ports: Ports): Ports => {
  const { catalog, clock } = ports;
  const tryPut = async (kind: never, name: string, value: PushLease, version: number) => {
    const write = () => catalog.tryPut(kind, name, value as never, version);
    if ((kind as string) !== 'pushLease' || value.untilMs !== 0) return await write();
    void clock.sleep(5_000).then(write, () => {});
    return 'done';
  };
  return { ...ports, catalog: replaced(catalog, { tryPut: tryPut as unknown as Catalog['tryPut'] }) };
};

const withoutNotes = (ports: Ports): Ports => {
  const { catalog } = ports;
  const tryPut = async (kind: never, name: string, value: never, version: number) =>
    (kind as string) === 'due' ? 'done' : await catalog.tryPut(kind, name, value, version);
  return { ...ports, catalog: replaced(catalog, { tryPut }) };
};

const takesForAwake = (ports: Ports): Ports => {
  const { catalog } = ports;
  const get = async (kind: never, name: string, options?: object) => {
    const stored = await catalog.get(kind, name, options);
    if ((kind as string) !== 'pushLease' || stored === undefined) return stored;
    return { ...(stored as object), value: { ...(stored as { value: PushLease }).value, untilMs: 9e15 as EpochMs } };
  };
  return { ...ports, catalog: replaced(catalog, { get: get as Catalog['get'] }) };
};

describe('dispatchers that are woken as on AWS', () => {
  it('keep the promises of pushing in random worlds', { timeout: 300_000 }, async () => {
    expect(await firstBroken({})).toEqual([]);
  });
});

describe('the auditor of wake-ups', () => {
  it.each<[string, Omit<DispatchingOptions, 'seed'>]>([
    ['a dispatcher sleeps after its last look', { plant: sleepsLate }],
    ['the waker takes each dispatcher for awake', { plantInWaker: takesForAwake }],
    ['nothing is put with a mark', { marksNothing: true }],
    ['due times are not noted', { plant: withoutNotes }],
  ])('notices when %s', { timeout: 120_000 }, async (_, planted) => {
    expect(await firstBroken(planted)).toContain('a message never reaches its target');
  });
});
