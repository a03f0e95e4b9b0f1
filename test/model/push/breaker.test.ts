import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../src/model/brand.ts';
import {
  type CallEnd,
  messagesForNextCall,
  type PushLease,
  planEnd,
  planFree,
  planSlot,
  planTakeOver,
  roomAtMs,
} from '../../../src/model/push/index.ts';

const NOW_MS = 1_000_000;
const LIMITS = { maxConcurrency: 10, batchSize: 5 };
const FAILED: CallEnd = { kind: 'status', status: 503 };
const at = (ms: number) => (NOW_MS + ms) as EpochMs;

/** The lease record of a dispatcher, with moments counted from its start. */
class Record {
  lease: PushLease | undefined = planTakeOver(undefined, { nowMs: at(0), untilMs: at(8_000), limits: LIMITS });

  begin(slotId: string, ms: number): boolean {
    const slot = { id: slotId, untilMs: at(ms + 90_000) };
    const call = { epoch: 1, slot, messageCount: 1, limits: LIMITS, nowMs: at(ms), awakeUntilMs: at(ms + 8_000) };
    const next = planSlot(this.lease, call);
    this.lease = next ?? this.lease;
    return next !== undefined;
  }

  end(slotId: string, ms: number, end: CallEnd): void {
    this.lease &&= planEnd(this.lease, { slotId, end, nowMs: at(ms) });
  }

  room(ms: number): number {
    return this.lease === undefined ? 0 : messagesForNextCall(this.lease, LIMITS, at(ms));
  }
}

describe('a target at fault', () => {
  it('gets one call at a time, later each time, up to a minute', () => {
    const record = new Record();
    record.begin('first', 0);
    record.end('first', 0, FAILED);
    const pauses: number[] = [];
    let ms = 0;
    for (let probe = 0; probe < 8; probe++) {
      const untilMs = (record.lease?.breaker?.retryAtMs ?? 0) - NOW_MS;
      pauses.push(untilMs - ms);
      ms = untilMs;
      expect([record.room(ms - 1), record.begin(`probe ${probe}`, ms), record.room(ms)]).toEqual([0, true, 0]);
      record.end(`probe ${probe}`, ms, FAILED);
    }

    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it.each<[string, CallEnd]>([
    ['is done', { kind: 'status', status: 200 }],
    ['fails by the fault of its messages', { kind: 'handlerFailed' }],
  ])('is back when a call %s', (_, end) => {
    const record = new Record();
    record.begin('first', 0);
    record.end('first', 0, FAILED);
    record.begin('probe', 1_000);

    record.end('probe', 1_100, end);

    expect(record.lease?.breaker).toBeUndefined();
    expect(record.room(1_100)).toBe(5);
  });

  it('counts calls that began before only once', () => {
    const record = new Record();
    for (const slotId of ['one', 'two', 'three']) record.begin(slotId, 0);

    for (const slotId of ['one', 'two', 'three']) record.end(slotId, 10, FAILED);

    expect(record.lease?.breaker).toMatchObject({ failures: 1, retryAtMs: at(1_010) });
  });

  it('is not tried again while the end of the last try is unknown', () => {
    const record = new Record();
    record.begin('first', 0);
    record.end('first', 0, FAILED);
    record.begin('probe', 1_000);

    record.end('probe', 2_000, { kind: 'timedOut' });

    expect([record.room(90_999), record.room(91_000)]).toEqual([0, 5]);
  });

  it('is tried at once when a try did not begin', () => {
    const record = new Record();
    record.begin('first', 0);
    record.end('first', 0, FAILED);
    record.begin('probe', 1_000);

    record.lease &&= planFree(record.lease, 'probe', at(1_200));

    expect(record.room(1_200)).toBe(5);
  });
});

describe('a queue without room', () => {
  it('has it when the budget allows one message', () => {
    const limits = { ...LIMITS, perSecond: 2, batchSize: 1 };
    const lease = planTakeOver(undefined, { nowMs: at(0), untilMs: at(8_000), limits });
    const empty = lease && { ...lease, budget: { tokens: 0.5, atMs: at(0) } };

    expect(empty && roomAtMs(empty, limits, at(0))).toBe(at(250));
  });

  it('has it when the lease of the first call has ended', () => {
    const limits = { ...LIMITS, maxConcurrency: 1 };
    const lease = planTakeOver(undefined, { nowMs: at(0), untilMs: at(8_000), limits });
    const full = lease && { ...lease, slots: [{ id: 'one', untilMs: at(5_000) }] };

    expect(full && roomAtMs(full, limits, at(0))).toBe(at(5_000));
  });
});
