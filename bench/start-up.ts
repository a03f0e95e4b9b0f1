/**
 * `start-up.ts FOLDER`: the size of each bundle of a synthesized deployment, and the time of its function from the
 * start of its process to its first call for work: Node, the runtime client, and loading the bundle. Median of 9.
 *
 * Fails if a bundle is too large or starts too slowly. A start of bare Node is timed beside each one: if that takes
 * longer than on two idle cores, the function may too, in the same proportion. One start of nine with idle cores is
 * enough proof. Needs `.ci/with-lambda`.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Assembly, type DeployedFunction } from '../test/bundles/assembly.ts';
import { startBare, startUp } from '../test/bundles/start-up.ts';

const RUNS = 9;
const BUNDLE_BYTES_MAX = 300_000;
/** Functions with the description of the whole API; people call them, not producers and consumers. */
const DESCRIBING = new Set(['Admin', 'All', 'Console']);
const DESCRIBING_BYTES_MAX = 420_000;
const START_MS_MAX = 150;
/** Bare Node 20.20 on two cores with nothing else to do, median. */
const BARE_START_MS = 32;

async function startMs(one: DeployedFunction): Promise<number> {
  const { tookMs, failure } = await startUp(one);
  if (failure !== undefined) throw new Error(`${one.name} does not start: ${failure}`);
  return tookMs;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

interface Timed {
  readonly bareMs: number;
  readonly ms: number;
  readonly fastestMs: number;
}

/** Both medians; each pair is timed together, so that a slow machine affects both. */
async function timed(one: DeployedFunction): Promise<Timed> {
  const bare: number[] = [];
  const own: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    bare.push((await startBare()).tookMs);
    own.push(await startMs(one));
  }
  return { bareMs: median(bare), ms: median(own), fastestMs: Math.min(...own) };
}

const [cloudAssembly = 'cdk.out'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'rewindmq-start-up-'));
let failed = 0;
let passed = 0;
try {
  for (const one of new Assembly(cloudAssembly).functions(folder)) {
    const bytes = statSync(join(one.folder, 'index.js')).size;
    const { bareMs, ms, fastestMs } = await timed(one);
    const slowness = Math.max(1, bareMs / BARE_START_MS);
    const isFast = ms <= START_MS_MAX * slowness || fastestMs <= START_MS_MAX;
    const bytesMax = DESCRIBING.has(one.name) ? DESCRIBING_BYTES_MAX : BUNDLE_BYTES_MAX;
    const isWithin = bytes <= bytesMax && isFast;
    if (isWithin) passed++;
    else failed++;
    const size = `${Math.round(bytes / 1_000)} KB`.padStart(7);
    const time = `${ms.toFixed(0)} ms (fastest ${fastestMs.toFixed(0)}) beside ${bareMs.toFixed(0)} ms of bare Node`;
    const idle = `${(ms / slowness).toFixed(0)} ms on idle cores`;
    console.log(`${isWithin ? 'ok  ' : 'FAIL'} ${one.name.padEnd(12)} ${size}  ${time}, so about ${idle}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
