/**
 * What `npm start` runs: `start.ts` and all that it imports, made into one file of JavaScript.
 *
 * Everything else here runs TypeScript by tsx, file by file. That sets the name of each function when it is made, also
 * of those that every call makes anew, which takes a tenth to a seventh of a busy server's time.
 */
import { randomUUID } from 'node:crypto';
import { accessSync, constants, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
/** Under `node_modules`, so that it finds the packages. */
const FOLDER = join(ROOT, 'node_modules', '.cache', 'rewindmq');

// Failures are told by the lines of the sources; this costs nothing until one is.
process.setSourceMapsEnabled(true);
await import(pathToFileURL(bundle()).href);

/** Writes the file anew, which takes less than a tenth of a second: one that is kept could be out of date. */
function bundle() {
  const {
    outputFiles: [{ contents }],
  } = buildSync({
    entryPoints: [join(ROOT, 'bin', 'start.ts')],
    outfile: join(FOLDER, 'start.mjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: `node${process.versions.node}`,
    sourcemap: 'inline',
    sourcesContent: false,
    write: false,
  });
  const path = join(FOLDER, 'start.mjs');
  try {
    mkdirSync(FOLDER, { recursive: true });
    accessSync(FOLDER, constants.W_OK);
  } catch (error) {
    console.error(`This user cannot write to ${FOLDER} (${error.code}); \`npm pack\` makes a package that need not.`);
    process.exit(1);
  }
  // Of servers that start at once, none reads what another is writing.
  const unfinished = `${path}.${randomUUID()}`;
  writeFileSync(unfinished, contents);
  renameSync(unfinished, path);
  return path;
}
