import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { VERSION } from '../../../src/protocols/rest/version.ts';

it('is the version of the package', () => {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');

  const { version } = JSON.parse(text) as { version: string };

  expect(VERSION).toBe(version);
});
