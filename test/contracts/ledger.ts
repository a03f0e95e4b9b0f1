import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blockId } from '../../src/model/ids.ts';
import { MESSAGES_PER_LEASE_MAX } from '../../src/model/limits.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { at, freshKey, freshOrigin, freshShard, freshText } from '../support/ids.ts';

export interface OpenLedger {
  readonly ledger: Ledger;
  close(): Promise<void>;
}

/**
 * What every ledger promises, on one adapter. Its clock may say anything: the cases keep what they note for ever, as
 * no store must drop a note at its time, only not before.
 */
export function ledgerContract(name: string, open: () => Promise<OpenLedger>): void {
  describe(`ledger contract: ${name}`, () => {
    let opened: OpenLedger;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => opened.close());

    describeRedirects(() => opened.ledger);
    describeProgress(() => opened.ledger);
    describePassages(() => opened.ledger);
    describeReports(() => opened.ledger);
  });
}

const LONG_AFTER = at(2 ** 42);

function describeRedirects(ledger: () => Ledger): void {
  it('finds where a delivery went', async () => {
    const [shard, from, to] = [freshShard(), freshKey(1), freshKey(2)];

    await ledger().addRedirect(shard, from, new Map([[3, { key: to, index: 1 }]]), LONG_AFTER);

    expect(await ledger().redirect(shard, from)).toEqual(new Map([[3, { key: to, index: 1 }]]));
    expect(await ledger().redirect(shard, to)).toEqual(new Map());
    expect(await ledger().redirect(freshShard(), from)).toEqual(new Map());
  });

  it('keeps where other messages went when one goes on, for many at once too', async () => {
    const [shard, from, to, further] = [freshShard(), freshKey(1), freshKey(2), freshKey(3)];
    const all = Array.from({ length: MESSAGES_PER_LEASE_MAX }, (_, index) => [index, { key: to, index }] as const);
    await ledger().addRedirect(shard, from, new Map(all), LONG_AFTER);
    const ways = [7, 8, 9].map((index) => [index, { key: further, index: 0 }] as const);

    await Promise.all(ways.map((way) => ledger().addRedirect(shard, from, new Map([way]), LONG_AFTER)));

    expect(await ledger().redirect(shard, from)).toEqual(new Map([...all, ...ways]));
  });
}

function describeProgress(ledger: () => Ledger): void {
  it('adds up what was noted of a block and answers with all of it', async () => {
    const block = blockId(freshOrigin());

    const first = await ledger().addProgress(block, [3, 1]);
    const second = await ledger().addProgress(block, [99, 0]);

    expect(first).toEqual(new Set([1, 3]));
    expect(second).toEqual(new Set([0, 1, 3, 99]));
    expect(await ledger().progress(block)).toEqual(second);
  });

  it('changes nothing when repeated', async () => {
    const block = blockId(freshOrigin());
    await ledger().addProgress(block, [1, 2]);

    const repeated = await ledger().addProgress(block, [2, 1]);

    expect(repeated).toEqual(new Set([1, 2]));
  });

  it('holds nothing about a block without notes', async () => {
    expect(await ledger().progress(blockId(freshOrigin()))).toEqual(new Set());
  });

  it('keeps blocks apart, also those of another cell', async () => {
    const origin = freshOrigin(0);
    const [one, other] = [blockId(origin), blockId({ ...origin, shardId: freshOrigin(1).shardId })];

    await ledger().addProgress(one, [5]);

    expect(await ledger().progress(other)).toEqual(new Set());
  });

  it('loses nothing of what several callers note at once', async () => {
    const block = blockId(freshOrigin());
    const indexes = [...Array(10).keys()];

    const answers = await Promise.all(indexes.map((index) => ledger().addProgress(block, [index, index + 50])));

    const all = new Set(indexes.flatMap((index) => [index, index + 50]));
    expect(await ledger().progress(block)).toEqual(all);
    expect(answers.filter((answer) => answer.size === all.size)).toHaveLength(1);
  });

  it('keeps what was noted of a finished block for late repeats', async () => {
    const block = blockId(freshOrigin());
    await ledger().addProgress(block, [0, 1]);

    const closed = await ledger().addProgress(block, [2], LONG_AFTER);
    await ledger().addProgress(block, [2], LONG_AFTER);
    const late = await ledger().addProgress(block, [1]);

    expect(closed).toEqual(new Set([0, 1, 2]));
    expect(late).toEqual(closed);
    expect(await ledger().progress(block)).toEqual(closed);
  });
}

function describePassages(ledger: () => Ledger): void {
  it('keeps what was noted first of a barrier, its put and its removal apart', async () => {
    const [shard, key] = [freshShard(), freshKey(1)];
    const passage = { shard, key, keepUntilMs: LONG_AFTER };

    await ledger().addPassage({ ...passage, step: 'put', text: '{"sent":1}' });
    await ledger().addPassage({ ...passage, step: 'put', text: '{"sent":2}' });

    expect(await ledger().passage(shard, key, 'put')).toBe('{"sent":1}');
    expect(await ledger().passage(shard, key, 'removed')).toBeUndefined();
    expect(await ledger().passage(freshShard(), key, 'put')).toBeUndefined();
  });
}

function describeReports(ledger: () => Ledger): void {
  const freshSlot = () => Math.floor(Number.parseInt(Buffer.from(freshText(6)).toString('hex'), 16) / 1_000);

  it('finds all reports of a slot, and none of others', async () => {
    const slot = freshSlot();

    await ledger().addReport(slot, 'one', '[1]', LONG_AFTER);
    await ledger().addReport(slot, 'two', '[2, "ü"]', LONG_AFTER);
    await ledger().addReport(slot + 1, 'three', '[3]', LONG_AFTER);

    expect((await ledger().reports(slot)).toSorted()).toEqual(['[1]', '[2, "ü"]']);
    expect(await ledger().reports(slot + 2)).toEqual([]);
  });

  it('keeps a report once that is given twice', async () => {
    const slot = freshSlot();

    await ledger().addReport(slot, 'one', '[1]', LONG_AFTER);
    await ledger().addReport(slot, 'one', '[1]', LONG_AFTER);

    expect(await ledger().reports(slot)).toEqual(['[1]']);
  });
}
