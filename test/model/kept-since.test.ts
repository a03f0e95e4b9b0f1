import { describe, expect, it } from 'vitest';
import { formerWindows, keptSince } from '../../src/model/kept-since.ts';
import { FORMER_WINDOWS_MAX } from '../../src/model/limits.ts';
import { DEFAULT_SETTINGS, type FormerWindow, type QueueSettings } from '../../src/model/queue.ts';
import { at } from '../support/ids.ts';

const DAY = 86_400_000;

const queue = (rewindMs: QueueSettings['rewindMs'], windows?: readonly FormerWindow[]) => ({
  createdAtMs: at(0),
  settings: { ...DEFAULT_SETTINGS, rewindMs },
  ...(windows === undefined ? {} : { formerWindows: windows }),
});

describe('what a queue has kept', () => {
  it('is everything while it is younger than its window, or keeps things for ever', () => {
    expect(keptSince(queue(7 * DAY), at(7 * DAY))).toBeUndefined();
    expect(keptSince(queue('forever'), at(900 * DAY))).toBeUndefined();
  });

  it('begins a window ago', () => {
    const why = expect.stringContaining('rewindSeconds is 604800') as string;
    expect(keptSince(queue(7 * DAY), at(10 * DAY))).toEqual({ sinceMs: at(3 * DAY), why });
  });

  it.each<[number, number, string]>([
    [4.5, 3.5, 'rewindSeconds was 86400 until'],
    [6, 4, 'rewindSeconds was 86400 until'],
    [33, 4, 'rewindSeconds was 86400 until'],
    [40, 10, 'rewindSeconds is 2592000'],
  ])('on day %d begins on day %d, where a window of a day became one of thirty on day 4', (now, since, reason) => {
    const raised = queue(30 * DAY, [{ rewindMs: DAY, untilMs: at(4 * DAY) }]);

    const kept = keptSince(raised, at(now * DAY));

    expect(kept).toEqual({ sinceMs: at(since * DAY), why: expect.stringContaining(reason) as string });
  });

  it('begins when keeping was turned on', () => {
    const kept = keptSince(queue('forever', [{ rewindMs: 0, untilMs: at(DAY) }]), at(2 * DAY));

    expect(kept?.sinceMs).toBe(at(DAY));
  });

  it('is not told to be lost for a short window that nothing has outlived', () => {
    const windows: FormerWindow[] = [
      { rewindMs: 30 * DAY, untilMs: at(4 * DAY) },
      { rewindMs: DAY, untilMs: at(4.5 * DAY) },
    ];

    expect(keptSince(queue(30 * DAY, windows), at(5 * DAY))).toBeUndefined();
  });
});

describe('the windows a queue remembers', () => {
  it('are as before while nothing changes', () => {
    expect(formerWindows(queue(DAY), DAY, at(5))).toBeUndefined();
  });

  it('are few however often they change, and never promise more than was kept', () => {
    let changing = queue(DAY);
    for (let change = 1; change <= 40; change++) {
      const rewindMs = change % 2 === 0 ? DAY : 2 * DAY;
      const windows = formerWindows(changing, rewindMs, at(change * 1_000));
      changing = queue(rewindMs, windows);
    }

    expect(changing.formerWindows).toHaveLength(FORMER_WINDOWS_MAX);
    expect(keptSince(changing, at(DAY + 40_000))?.sinceMs).toBe(at(39_000));
  });
});
