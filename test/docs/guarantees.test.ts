import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PAGE = 'docs/guarantees.md';
/** A link to a test file, and behind it the title of the test that holds the guarantee. */
const HELD_BY = /\]\(\.\.\/(?<file>test\/[^)]+)\): \*(?<title>[^*]+)\*/gu;

interface HeldBy {
  readonly file: string;
  readonly title: string;
}

const rows = readFileSync(PAGE, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| guarantee'));
const heldBy = (row: string): HeldBy[] => [...row.matchAll(HELD_BY)].map(({ groups }) => groups as unknown as HeldBy);

/** Whether a file has a test of just that title. */
function hasTest({ file, title }: HeldBy): boolean {
  const source = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return ["'", '`', '"'].some((quote) => source.includes(`(${quote}${title}${quote},`));
}

describe('the guarantees', () => {
  it('are each held by a test that exists', () => {
    const missing = rows.flatMap(heldBy).filter((one) => !hasTest(one));

    expect(missing).toEqual([]);
  });

  it('name a test in every row', () => {
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row) => heldBy(row).length === 0)).toEqual([]);
  });
});
