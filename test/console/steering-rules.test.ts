import { describe, expect, it } from 'vitest';
import type { Rewind, SeenMessage } from '../../src/client/index.ts';
import {
  differencesOf,
  heatOf,
  isWanted,
  NEW_REDRIVE,
  NEW_REWIND,
  parseRedrive,
  parseRewind,
  progressOf,
  undoOf,
} from '../../src/console/rules/index.ts';

const NOW = { nowMs: Date.UTC(2026, 10, 30, 9), zone: 'utc' } as const;

describe('the form of a rewind', () => {
  it('fixes its moments, so that what was counted is what begins', () => {
    const form = { ...NEW_REWIND, attributes: 'kind=refund\nnote=a=b', into: 'other', perSecond: '50' };

    expect(parseRewind(form, NOW)).toEqual({
      request: {
        from: '2026-11-30T08:00:00.000Z',
        to: '2026-11-30T09:00:00.000Z',
        by: 'sentAt',
        filter: { attributes: { kind: 'refund', note: 'a=b' } },
        into: 'other',
        perSecond: 50,
      },
    });
  });

  it.each([
    [{ from: 'soon' }, /from when on/],
    [{ to: 'later' }, /end is no time/],
    [{ from: '10:00', to: '09:00' }, /empty/],
    [{ perSecond: '-1' }, /rate/],
    [{ attributes: 'refund' }, /name=value/],
  ])('says what is wrong with %j', (change, reason) => {
    expect(parseRewind({ ...NEW_REWIND, ...change }, NOW)).toEqual({ error: expect.stringMatching(reason) as string });
  });

  it('has examples that the rewind would bring, and no others', () => {
    const request = { from: '2026-11-30T08:00:00.000Z', to: '2026-11-30T09:00:00.000Z', by: 'sentAt' as const };
    const message = (sentAt: string, value: string): SeenMessage => ({
      id: '',
      state: 'deleted',
      body: '',
      attributes: { kind: { type: 'string', value } },
      sentAt,
      visibleAt: sentAt,
      receiveCount: 1,
    });
    const filtered = { ...request, filter: { attributes: { kind: 'refund' } } };

    expect(isWanted(message('2026-11-30T08:00:00.000Z', 'refund'), filtered)).toBe(true);
    expect(isWanted(message('2026-11-30T09:00:00.000Z', 'refund'), filtered)).toBe(false);
    expect(isWanted(message('2026-11-30T08:30:00.000Z', 'order'), filtered)).toBe(false);
  });
});

describe('the form of a redrive', () => {
  it('begins with ten, and takes all where it is empty', () => {
    expect(parseRedrive(NEW_REDRIVE)).toEqual({ request: { max: 10 } });
    expect(parseRedrive({ ...NEW_REDRIVE, max: '' })).toEqual({ request: {} });
    expect(parseRedrive({ ...NEW_REDRIVE, max: 'all' })).toEqual({
      error: expect.stringMatching(/whole number/) as string,
    });
  });
});

describe('a job', () => {
  const job: Rewind = {
    id: 'r1',
    state: 'running',
    by: 'sentAt',
    from: '2026-11-30T08:00:00.000Z',
    to: '2026-11-30T09:00:00.000Z',
    into: 'orders',
    startedAt: '2026-11-30T08:59:50.000Z',
    objectsTotal: 1,
    objectsDone: 0,
    messagesMatched: 250,
    messagesRewound: 250,
    damaged: 0,
    percent: 0,
  };

  it('tells its share of what was counted before, its rate, and the time left', () => {
    expect(progressOf(job, NOW.nowMs, 1_000)).toEqual({
      percent: 25,
      text: '250 of 1\u202f000 brought back, 25 a second, about 30 s left',
    });
  });

  it('is cancelled while it runs, and undone for a day after its end', () => {
    const done: Rewind = { ...job, state: 'done', percent: 100, finishedAt: '2026-11-30T08:59:55.000Z' };

    expect(undoOf(job, NOW.nowMs)).toBe('cancel');
    expect(undoOf(done, NOW.nowMs)).toBe('undo');
    expect(undoOf(done, NOW.nowMs + 86_400_000)).toBeUndefined();
    expect(progressOf(done, NOW.nowMs).text).toBe('250 messages in 5 s');
  });
});

describe('a change of settings', () => {
  it('shows what differs in words, and warns where something can no longer be rewound', () => {
    const queue = {
      name: 'orders',
      createdAt: '',
      visibilitySeconds: 30,
      delaySeconds: 0,
      waitSeconds: 0,
      rewindSeconds: 604_800,
      tags: {},
    };

    expect(differencesOf(queue, { visibilitySeconds: 30, rewindSeconds: 86_400 })).toEqual([
      {
        name: 'rewindSeconds',
        from: '7 d',
        to: '1 d',
        warning: 'What was deleted more than 1 d ago can no longer be rewound.',
      },
    ]);
  });
});

describe('the heat of a cell', () => {
  it('is the share of its limit, and unknown without one', () => {
    expect([heatOf(500, 1_000), heatOf(2_000, 1_000), heatOf(5, undefined)]).toEqual([0.5, 1, undefined]);
  });
});
