import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Breach,
  circlesIn,
  type Source,
  sourceOf,
  wrongConstants,
  wrongDoors,
  wrongImports,
  wrongNames,
  wrongSizes,
  wrongSources,
  wrongSyntax,
} from './support/house-rules.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['src', 'lib', 'lambdas', 'bin', 'bench', 'test'].filter((folder) => existsSync(join(ROOT, folder)));

const sources: Source[] = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.(ts|tsx|mts|mjs)$/.test(path) && !path.endsWith('.d.ts'))
    .map((path) => sourceOf(path, readFileSync(join(ROOT, path), 'utf8'))),
);

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** A rule of the house, and lines that break it: a rule that finds nothing in them protects nothing. */
const RULES: readonly { title: string; check: (source: Source) => Breach[]; broken: [path: string, text: string][] }[] =
  [
    {
      title: 'imports point down the floors or stay inside one unit',
      check: wrongImports,
      broken: [
        ['src/model/queue.ts', `import { send } from '../engine/send.ts';`],
        ['src/model/queue.ts', `import { readFileSync } from 'node:fs';`],
        ['src/engine/send.ts', `import { z } from 'zod';`],
        ['src/engine/send.ts', `export { S3ObjectStore } from '../stores/s3/s3-object-store.ts';`],
        ['src/stores/s3/s3-object-store.ts', `import type { Items } from '../dynamodb/items.ts';`],
        ['src/protocols/rest/answer.ts', `const later = await import('../../runtime/aws.ts');`],
        ['src/runtime/local.ts', `import { given } from '../../test/support/given.ts';`],
        ['src/runtime/local.ts', `import { handler } from '../../lambdas/archiver.ts';`],
        ['lambdas/rest.ts', `import { handler } from './archiver.ts';`],
        ['lambdas/rest.ts', `import { settings } from '../lib/settings.ts';`],
        ['bin/start.ts', `import { given } from '../test/support/given.ts';`],
        ['lib/cell.ts', `import { send } from '../src/engine/send.ts';`],
        ['src/engine/send.ts', `import { pack } from '../model/packing';`],
      ],
    },
    {
      title: 'nobody reaches past the door of a room',
      check: wrongDoors,
      broken: [
        ['src/engine/send.ts', `import { RouteCache } from './memory/route-cache.ts';`],
        ['src/engine/claims/leftovers.ts', `import { markMoved } from '../deliveries/marking.ts';`],
        ['bench/load/report/report.ts', `import { Table } from '../world/table.ts';`],
      ],
    },
    {
      title: 'files, functions and lines are short',
      check: wrongSizes,
      broken: [
        ['src/engine/long.ts', 'const one = 1;\n'.repeat(301)],
        ['src/engine/wide.ts', `const wide = '${'x'.repeat(120)}';`],
        ['src/engine/function.ts', `function much() {\n${'  step();\n'.repeat(49)}}`],
        ['src/engine/arrow.ts', `const much = () => {\n${'  step();\n'.repeat(49)}}`],
      ],
    },
    {
      title: 'time, chance and environment come through ports',
      check: wrongSources,
      broken: [
        ['src/engine/send.ts', 'const now = Date.now();'],
        ['src/engine/send.ts', 'const now = new Date();'],
        ['src/stores/s3/s3-object-store.ts', 'const now = performance.now();'],
        ['src/engine/send.ts', 'const shard = Math.floor(Math.random() * 4);'],
        ['src/model/ids.ts', `import { randomBytes } from 'node:crypto';`],
        ['src/protocols/rest/answer.ts', 'const port = process.env.PORT;'],
      ],
    },
    {
      title: 'types are known, exports are named, and nothing logs behind the logger',
      check: wrongSyntax,
      broken: [
        ['src/engine/send.ts', 'const anything: any = 1;'],
        ['src/engine/send.ts', 'enum State { open }'],
        ['src/engine/send.ts', 'namespace State {}'],
        ['src/engine/send.ts', 'export default 1;'],
        ['src/engine/send.ts', 'export default function send() {}'],
        ['src/engine/send.ts', 'export default class Send {}'],
        ['lambdas/rest.ts', 'console.log(1);'],
        ['src/engine/send.ts', '// TO\u0044O: later'],
      ],
    },
    {
      title: 'numbers have a comment that says their unit and reason',
      check: wrongConstants,
      broken: [
        ['src/engine/send.ts', 'const PAUSE_MS = 50;'],
        [
          'src/engine/send.ts',
          '/** The first one. */\nconst PAUSE_MS = 50;\nexport const PAUSE_MS_MAX = 20 * PAUSE_MS;',
        ],
        ['lib/cell.ts', '// Of another group.\nconst CELLS = 4; // tables\n\nconst CELLS_MAX = 64 as number;'],
      ],
    },
    {
      title: 'files and folders are named after things',
      check: wrongNames,
      broken: [
        ['src/utils/text.ts', ''],
        ['src/engine/helpers.ts', ''],
        ['test/common/ids.ts', ''],
        ['src/engine/sendMessage.ts', ''],
      ],
    },
  ];

describe('the house', () => {
  for (const { title, check, broken } of RULES) {
    it(`sees to it that ${title}`, () => {
      const breaches = sources.flatMap(check);

      expect(breaches).toEqual([]);
    });

    for (const [path, text] of broken) {
      it(`would notice in ${path}: ${text.slice(0, 60).split('\n')[0] || 'its name'}`, () => {
        const breaches = check(sourceOf(path, text));

        expect(breaches).toHaveLength(1);
      });
    }
  }

  it.each(['src/engine', 'src/model', 'bench/load'])(
    'lets rooms and files of %s import each other in no circle',
    (folder) => {
      const circle = [
        sourceOf(`${folder}/one.ts`, `import './two.ts';`),
        sourceOf(`${folder}/two.ts`, `import './one.ts';`),
      ];

      expect(circlesIn(folder, circle)).toEqual([`${folder}/one.ts -> ${folder}/two.ts -> ${folder}/one.ts`]);
      expect(circlesIn(folder, sources)).toEqual([]);
    },
  );

  it('names no registry but the public one in the lock file', () => {
    const lockFile = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');

    const addresses = lockFile.match(/"resolved": "[^"]*"/g) ?? [];

    expect(addresses.filter((address) => !address.includes('"https://registry.npmjs.org/'))).toEqual([]);
  });

  it('names every optional package in the lock file, without which npm ci refuses it on every machine', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };

    const wanted = Object.values(packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}));
    const named = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)));

    expect([...new Set(wanted)].filter((name) => !named.has(name))).toEqual([]);
  });

  it('has at most 20 scripts, and CONTRIBUTING.md says what each is for', () => {
    const contributing = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8');

    const names = Object.keys(scripts);
    const known = (name: string) => new RegExp(`\\bnpm (run )?${name}\\b`).test(contributing);

    expect(names.length).toBeLessThanOrEqual(20);
    expect(names.filter((name) => !known(name))).toEqual(['prepack']);
  });

  it('lets every script work right after the clone, and a server get its signals itself', () => {
    // `exec` puts the server in the place of the shell that npm starts; npm ends that shell, never its children.
    const isReady =
      /^(node bin\/install\.mjs && (?!.*\b(bin|bench)\/)|exec node (--watch )?--import \.\/bin\/install\.mjs )/;
    expect(Object.entries(scripts).filter(([, command]) => !isReady.test(command))).toEqual([]);
  });

  it('reads enough files to mean anything', () => {
    expect(sources.length).toBeGreaterThan(20);
  });
});
