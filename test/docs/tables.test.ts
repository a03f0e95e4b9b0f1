import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BLOCK, DELIVERY } from '../../src/stores/dynamodb/keys.ts';

const ROOT = join(import.meta.dirname, '../..');
const TABLES = readFileSync(join(ROOT, 'docs/tables.md'), 'utf8');

/** The first cells of the rows of a section's first table: the names that stand there as code. */
function namesIn(section: string): string[][] {
  const start = TABLES.indexOf(`\n### ${section}`);
  expect(start).toBeGreaterThan(-1);
  const end = TABLES.indexOf('\n### ', start + 1);
  const text = TABLES.slice(start, end === -1 ? undefined : end);
  const rows = text.slice(text.indexOf('\n|')).split('\n').slice(1);
  const count = rows.findIndex((row) => !row.startsWith('|'));
  return rows.slice(2, count === -1 ? undefined : count).map((row) => {
    const [, first = ''] = row.split('|');
    return [...first.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  });
}

describe('the page of the tables', () => {
  it('names each attribute of a delivery, and no other', () => {
    const names = namesIn('Delivery (cell)').map((all) => all.map((name) => name.replace(/\d+$/, '')));

    expect(names.flat().toSorted()).toEqual(Object.values(DELIVERY).toSorted());
  });

  it('names each attribute of a block, and no other', () => {
    expect(namesIn('Block (cell)').flat().toSorted()).toEqual(Object.values(BLOCK).toSorted());
  });

  it('names each kind of record that the catalog port knows, and no other', () => {
    const port = readFileSync(join(ROOT, 'src/ports/catalog.ts'), 'utf8');
    const records = /interface CatalogRecords \{([\s\S]*?)\n\}/.exec(port)?.[1] ?? '';
    const kinds = [...records.matchAll(/^ {2}(\w+):/gm)].map(([, kind]) => kind);

    const rows = namesIn('Catalog').map(([kind]) => kind);

    // Beside its record a queue has an item that holds only the version: it is no record of its own.
    expect(new Set(rows.filter((kind) => kind !== 'version'))).toEqual(new Set(kinds));
  });
});
