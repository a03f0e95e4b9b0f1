import { describe, expect, it } from 'vitest';
import { endText, type FoundIn, type Progress, searchQueues } from '../../src/console/rules/index.ts';

/** All that a search tells. */
async function told(outcomes: readonly FoundIn[]): Promise<Progress[]> {
  const names = outcomes.map((_, index) => `q${index}`);
  const all: Progress[] = [];
  for await (const one of searchQueues(names, async (name) => outcomes[names.indexOf(name)] ?? 'none')) all.push(one);
  return all;
}

describe('a search over all queues', () => {
  it('tells how far it is, and ends with the queue that has the message', async () => {
    expect(await told(['none', 'found', 'none'])).toEqual([
      { searched: 0, cut: [] },
      { searched: 1, cut: [] },
      { searched: 2, cut: [], found: 'q1' },
    ]);
  });

  it('says what it did not look at', async () => {
    const last = (await told(['none', 'cut', 'none'])).at(-1) ?? { searched: 0, cut: [] };

    expect(endText(last, 3)).toBe(
      'Not found in all 3 queues. Too much lies in q1 to look at all of it. ' +
        'A message may have been purged, or deleted too long ago.',
    );
    expect(endText({ searched: 1, cut: [] }, 3)).toMatch(/^Not found in 1 of 3 queues. The search was stopped/);
  });
});
