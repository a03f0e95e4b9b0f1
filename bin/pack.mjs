/**
 * What `npm pack` runs first: makes each command of the package one file of JavaScript in `dist`.
 *
 * What the packages of `devDependencies` contribute is inside; only `dependencies` are installed with the package. So
 * it starts without compiling, and writes nothing where it lies.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const { dependencies, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** Some packages are written for `require`, which modules do not have. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
buildSync({
  entryPoints: ['start', 'keys'].map((name) => join(ROOT, 'bin', `${name}.ts`)),
  outdir: join(ROOT, 'dist'),
  outExtension: { '.js': '.mjs' },
  bundle: true,
  external: Object.keys(dependencies),
  platform: 'node',
  format: 'esm',
  target: `node${/\d+(\.\d+)*/.exec(engines.node)[0]}`,
  banner: { js: REQUIRE },
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  logLevel: 'warning',
});
