/**
 * Loads what `bundle.mjs` makes of the sources of a clone, and bundles again only after a source has changed. The
 * bundler runs in a separate process, so this one keeps nothing of it.
 *
 * @see docs/decisions/0071-a-bundle-is-kept.md
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import module from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..');
const NAMES = ['start', 'keys', 'cli'];
const ENTRIES = NAMES.map((name) => `bin/${name}.ts`);
/** Under `node_modules`, so that it finds the packages. */
const CACHE = join(ROOT, 'node_modules', '.cache', 'rewindmq');

/** Runs `bin/<name>.ts`. */
export async function runKept(name) {
  const bundled = join(CACHE, `bundled-${fingerprint()}`);
  if (!existsSync(bundled)) makeBundle(bundled);
  // Node 20 has none.
  module.enableCompileCache?.(join(CACHE, 'compiled'));
  await import(pathToFileURL(join(bundled, `${name}.mjs`)).href);
}

/** Changes with any source and any package: a few hundred looks at the disk, which take a few milliseconds. */
function fingerprint() {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true })
    .map((name) => join('src', name))
    // A bundle of its own, by console.mjs.
    .filter((path) => !path.startsWith(join('src', 'console')));
  const hash = createHash('sha256');
  for (const path of [...sources.sort(), ...ENTRIES, 'bin/bundle.mjs', 'package.json', 'package-lock.json']) {
    const { mtimeMs, size } = statSync(join(ROOT, path));
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

function makeBundle(bundled) {
  try {
    mkdirSync(CACHE, { recursive: true });
    accessSync(CACHE, constants.W_OK);
  } catch (error) {
    console.error(`This user cannot write to ${CACHE} (${error.code}); \`npm pack\` makes a package that need not.`);
    process.exit(1);
  }
  // Processes that start at once must not read each other's unfinished output.
  const unfinished = join(CACHE, `unfinished-${process.pid}`);
  const script = `import { bundle } from ${JSON.stringify(join(import.meta.dirname, 'bundle.mjs'))};
    bundle(${JSON.stringify(NAMES)}, ${JSON.stringify(unfinished)});`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const name of readdirSync(CACHE)) {
    if (name.startsWith('bundled-') && name !== basename(bundled))
      rmSync(join(CACHE, name), { recursive: true, force: true });
  }
  try {
    renameSync(unfinished, bundled);
  } catch {
    // Another start was quicker, with the same content.
    rmSync(unfinished, { recursive: true, force: true });
  }
}
