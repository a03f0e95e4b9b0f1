import { parseArgs } from 'node:util';
import { AGING, simulateAging } from './aging.ts';
import { QUEUE_CHANGES } from './queue-changes.ts';
import { REDRIVE_EVENTS, simulateRedrive } from './redriving.ts';
import { type RewindReport, simulateRewinds } from './rewinding/run.ts';
import { type Report, simulate } from './run.ts';

/**
 * `npm run simulate -- --seeds 20000 [--from N]` tries many worlds, one of rewinds for each fifty of them, and for each
 * ten one of a redrive and one in which what a rewind brought grows old. `SEED=n npm run simulate` prints one step by
 * step, and `REWIND_SEED=n` one of rewinds. Exits with 1 when a world breaks an invariant, or when many worlds do not
 * cover what the simulation is for.
 */
const SEEDS_PER_REWIND_WORLD = 50;
const SEEDS_PER_SMALL_WORLD = 10;
const SEEDS_PER_LINE = 500;
const VIOLATIONS_SHOWN_MAX = 10;
/** This many worlds, with those of rewinds, must cover all of these. If not, they no longer test what they claim. */
const SEEDS_THAT_SEE_ALL = 500;
const RARE = [
  'crash',
  'lost',
  'throttled',
  'slow',
  'doubles',
  'deadLettered',
  'staleReceipts',
  'redirects',
  'leases in place',
  'route split',
  'route merge',
  'route relocate',
  'shard left',
  'cell failure',
  ...QUEUE_CHANGES,
  'given up',
  'replayed',
  'damage',
  'setAside',
  'clocks differ',
  'exact count',
  'other count',
  'found',
  'search cut',
  'deleted during restore',
];
/** Damage is in too few of these worlds; bugs planted in what a rewind says of it need it (`planted-*.slow.ts`). */
const RARE_IN_REWINDS = [
  'rewinds',
  'refused',
  'cancelled',
  'brought',
  'copied',
  'redriven',
  'compactions',
  'windows',
  'fromCopies',
].map(ofRewinds);
const RARE_IN_REDRIVES = [...REDRIVE_EVENTS, 'moved', 'busy', 'unmarked'].map(ofRedrives);
const RARE_IN_AGING = [...AGING, 'expired', 'cancelled late'].map(ofAging);

const single = process.env['SEED'];
const singleOfRewinds = process.env['REWIND_SEED'];
if (singleOfRewinds !== undefined) process.exitCode = await simulateOneOfRewinds(Number(singleOfRewinds));
else process.exitCode = single === undefined ? await simulateMany() : await simulateOne(Number(single));

async function simulateOne(seed: number): Promise<number> {
  const report = await simulate({ seed, trace: (line) => console.log(line) });
  console.log(report.counts);
  return show(report);
}

async function simulateOneOfRewinds(seed: number): Promise<number> {
  const report = await simulateRewinds({ seed, trace: (line) => console.log(line) });
  console.log(report.counts);
  return showRewinds(report);
}

async function simulateMany(): Promise<number> {
  const { values } = parseArgs({
    options: { seeds: { type: 'string', default: '5000' }, from: { type: 'string', default: '1' } },
  });
  const from = Number(values.from);
  const end = from + Number(values.seeds);
  const seen = new Set<string>();
  const note = (counts: Readonly<Record<string, number>>, nameOf = (what: string) => what) => {
    for (const [what, count] of Object.entries(counts)) if (count > 0) seen.add(nameOf(what));
  };
  let failed = 0;
  for (let seed = from; seed < end; seed++) {
    const report = await simulate({ seed });
    failed += show(report);
    note(report.counts);
    if (seed % SEEDS_PER_REWIND_WORLD === 0) {
      const ofThem = await simulateRewinds({ seed });
      failed += showRewinds(ofThem);
      note(ofThem.counts, ofRewinds);
    }
    if (seed % SEEDS_PER_SMALL_WORLD === 0) {
      const ofRedrive = await simulateRedrive({ seed });
      failed += showAll('redrive', ofRedrive);
      note(ofRedrive.counts, ofRedrives);
      const ofAge = await simulateAging({ seed });
      failed += showAll('aging', ofAge);
      note(ofAge.counts, ofAging);
    }
    const done = seed + 1 - from;
    if (done % SEEDS_PER_LINE === 0 || seed + 1 === end) console.log(`${done} worlds, ${failed} of them broken`);
  }
  const all = [...RARE, ...RARE_IN_REWINDS, ...RARE_IN_REDRIVES, ...RARE_IN_AGING];
  const missed = end - from < SEEDS_THAT_SEE_ALL ? [] : all.filter((what) => !seen.has(what));
  if (missed.length > 0) console.log(`no world saw: ${missed.join(', ')}`);
  return failed === 0 && missed.length === 0 ? 0 : 1;
}

/** Prints a report; returns 1 for a broken world. */
function show({ seed, violations }: Report): number {
  for (const { invariant, what, atMs } of violations.slice(0, VIOLATIONS_SHOWN_MAX))
    console.log(`seed ${seed}, at ${atMs % 100_000_000}: (${invariant}) ${what}`);
  if (violations.length === 0) return 0;
  console.log(`rerun with SEED=${seed} npm run simulate`);
  return 1;
}

function showRewinds(report: RewindReport): number {
  const failed = showAll('rewinds', report);
  if (failed > 0) console.log(`rerun with REWIND_SEED=${report.seed} npm run simulate`);
  return failed;
}

function showAll(world: string, { seed, violations }: Pick<RewindReport, 'seed' | 'violations'>): number {
  for (const what of violations.slice(0, VIOLATIONS_SHOWN_MAX)) console.log(`${world} of seed ${seed}: ${what}`);
  return violations.length === 0 ? 0 : 1;
}

function ofRewinds(what: string): string {
  return `${what} (rewinds)`;
}

function ofRedrives(what: string): string {
  return `${what} (redrives)`;
}

function ofAging(what: string): string {
  return `${what} (aging)`;
}
