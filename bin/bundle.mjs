/**
 * Makes a command of the server one file of JavaScript, with source maps, so that failures name lines of the sources.
 *
 * What the packages of `devDependencies` contribute is inside. Only `dependencies`, which have files of their own
 * beside their JavaScript, are loaded from `node_modules`. tsx, which runs everything else here, would set the name of
 * each function when it is made, which takes a tenth to a seventh of a busy server's time.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const { dependencies, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** Some packages are written for `require`, which modules do not have. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Writes `<name>.mjs` for each file `bin/<name>.ts`. */
export function bundle(names, outdir) {
  buildSync({
    entryPoints: names.map((name) => join(ROOT, 'bin', `${name}.ts`)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    external: Object.keys(dependencies),
    platform: 'node',
    format: 'esm',
    target: `node${/\d+(\.\d+)*/.exec(engines.node)[0]}`,
    minifyWhitespace: true,
    // Node shows the line of a failure that nobody caught.
    lineLimit: 160,
    minifySyntax: true,
    banner: { js: REQUIRE },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'linked',
    logLevel: 'warning',
  });
}
