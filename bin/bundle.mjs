/**
 * Bundles entry points into files of JavaScript, with source maps, so that failures name source lines.
 *
 * The bundle contains the packages of `devDependencies`. Only `dependencies`, which have files besides JavaScript, are
 * loaded from `node_modules`. tsx, which runs everything else here, would set the name of each function when it is
 * created, and that takes a tenth to a seventh of a busy server's time.
 */
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const { dependencies, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** Some packages use `require`, which modules do not have. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Runs in processes of its own, which the server starts. */
const HANDLER_PROCESS = 'handler-process.mjs';

/**
 * Writes `<name>.mjs` for each file `bin/<name>.ts`, and the script of handlers beside them. The command line is split
 * into more files beside its own, because a start loads only the command that it runs.
 */
export function bundle(names, outdir) {
  for (const name of names) bundleOne(name, outdir);
  copyFileSync(join(ROOT, 'src/runtime/handlers', HANDLER_PROCESS), join(outdir, HANDLER_PROCESS));
}

function bundleOne(name, outdir) {
  buildSync({
    entryPoints: [join(ROOT, 'bin', `${name}.ts`)],
    outdir,
    outExtension: { '.js': '.mjs' },
    splitting: name === 'cli',
    chunkNames: `${name}/[name]-[hash]`,
    bundle: true,
    external: Object.keys(dependencies),
    platform: 'node',
    format: 'esm',
    target: `node${/\d+(\.\d+)*/.exec(engines.node)[0]}`,
    minifyWhitespace: true,
    // Node shows the source line of an uncaught failure.
    lineLimit: 160,
    minifySyntax: true,
    banner: { js: REQUIRE },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'linked',
    logLevel: 'warning',
  });
}
