/**
 * Bundles the web console. Run as a program, it prints the directory of the bundle, and builds it only if a source has
 * changed since the last time. A server of a clone runs it for the first visit; a deployment lets it copy the bundle
 * into the folder that its argument names.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const CACHE = join(ROOT, 'node_modules', '.cache', 'rewindmq');
/** What the bundle is made of. */
const SOURCES = ['src/console', 'src/client', 'src/model'];
const OTHERS = ['bin/console.mjs', 'package.json', 'package-lock.json'];

/** Writes the page, its scripts and its styles, for the path `/console/`. */
export async function buildConsole(outDir) {
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: join(ROOT, 'src/console'),
    base: '/console/',
    logLevel: 'error',
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      // A style in a data URL, or a script in the page, would break the content policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      license: { fileName: 'licenses.txt' },
    },
  });
}

if (process.argv[1] === import.meta.filename) {
  const kept = await keptConsole();
  const [, , target] = process.argv;
  if (target !== undefined) cpSync(kept, target, { recursive: true });
  console.log(target ?? kept);
}

async function keptConsole() {
  const kept = join(CACHE, `console-${fingerprint()}`);
  if (existsSync(kept)) return kept;
  // Servers that build at once must not read each other's unfinished output.
  const unfinished = join(CACHE, `unfinished-console-${process.pid}`);
  mkdirSync(CACHE, { recursive: true });
  await buildConsole(unfinished);
  for (const name of readdirSync(CACHE)) {
    if (name.startsWith('console-') && name !== basename(kept)) rmSync(join(CACHE, name), { recursive: true });
  }
  try {
    renameSync(unfinished, kept);
  } catch {
    // Another build was quicker, with the same content.
    rmSync(unfinished, { recursive: true, force: true });
  }
  return kept;
}

function fingerprint() {
  const sources = SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).map((name) => join(folder, name)),
  );
  const hash = createHash('sha256');
  for (const path of [...sources.sort(), ...OTHERS]) {
    const { mtimeMs, size } = statSync(join(ROOT, path));
    hash.update(`${path} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
