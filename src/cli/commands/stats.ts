import { Option } from 'commander';
import type { GetHistoryAnswer, GetQueueAnswer, Queue } from '../../client/index.ts';
import { by, type Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import type { Column } from '../frame/output.ts';
import type { Shell } from '../frame/shell.ts';
import { parseDuration } from '../rules/durations.ts';
import { type Rates, ratesBetween } from '../rules/rates.ts';
import { COUNT_COLUMNS } from './queue/show.ts';

interface StatsOptions {
  readonly watch?: true;
  readonly every: number;
  readonly span?: GetHistoryAnswer['span'];
}

/** Counts of one moment, and what changed since the reading before. */
type Reading = GetQueueAnswer & Rates;

const count = (title: string, state: keyof GetQueueAnswer['counts']): Column<Reading> => ({
  title,
  value: ({ counts }, { number }) => number(counts[state]),
});

const COLUMNS: readonly Column<Reading>[] = [
  { title: 'COUNTED', value: ({ countsAsOf }, { time }) => time(countsAsOf) },
  count('READY', 'ready'),
  count('IN FLIGHT', 'inFlight'),
  count('DELAYED', 'delayed'),
  count('DEAD', 'deadLettered'),
  { title: 'SENT/S', value: ({ sentPerSecond }, { number }) => number(sentPerSecond) },
  { title: 'DELETED/S', value: ({ deletedPerSecond }, { number }) => number(deletedPerSecond) },
  { title: 'OLDEST', value: ({ oldestReadyAgeSeconds: age }, { duration }) => duration(age * 1_000) },
];

const SPANS: readonly GetHistoryAnswer['span'][] = ['1h', '6h', '1d', '14d'];

/** One step of the past. */
type Step = { readonly from: string } & Readonly<Record<keyof GetHistoryAnswer['series'], number>>;

const stepColumn = (title: string, series: keyof GetHistoryAnswer['series']): Column<Step> => ({
  title,
  isRight: true,
  value: (step, { number }) => number(step[series]),
});

const STEP_COLUMNS: readonly Column<Step>[] = [
  { title: 'FROM', value: ({ from }, { time }) => time(from) },
  stepColumn('SENT', 'sent'),
  stepColumn('RECEIVED', 'received'),
  stepColumn('AGAIN', 'receivedAgain'),
  stepColumn('DELETED', 'deleted'),
  stepColumn('DEAD', 'deadLettered'),
  stepColumn('READY', 'ready'),
  stepColumn('IN FLIGHT', 'inFlight'),
  stepColumn('DELAYED', 'delayed'),
  {
    title: 'OLDEST',
    isRight: true,
    value: ({ oldestReadySeconds: age }, { duration }) => duration(age * 1_000),
  },
];

/** Columns of a time in ISO 8601, without milliseconds. */
const TIME_WIDTH = 20;
/** Columns of a number; a title fits too. */
const WIDTH = 11;
/** Lines after which the titles come again. */
const LINES_PER_TITLE = 20;

export const define: Define = (command, on) =>
  void withExamples(
    command,
    'stats orders',
    'stats orders --watch',
    "stats orders --watch --json | jq '.counts.ready'",
    'stats orders --span 1d',
  )
    .argument('<queue>')
    .option('--watch', 'a line for each reading, until an interrupt; as of the last report, which costs no write')
    .option('--every <duration>', 'pause between readings', by(parseDuration), 5_000)
    .addOption(new Option('--span <span>', 'what the queue did in each step of the last hours or days').choices(SPANS))
    .action(
      on(async (shell, name: string, { watch, every, span }: StatsOptions) => {
        const queue = await shell.queue(name);
        if (span !== undefined) return await past(shell, queue, span);
        if (watch === true) return await follow(shell, queue, every);
        await shell.out.record(await queue.show({ signal: shell.signal }), COUNT_COLUMNS);
      }),
    );

async function follow(shell: Shell, queue: Queue, everyMs: number): Promise<never> {
  const { out, signal, io } = shell;
  let before: GetQueueAnswer | undefined;
  for (let lines = 0; ; lines += 1) {
    const now = await queue.show({ counts: 'recent', signal });
    const reading = { ...now, ...ratesBetween(before, now) };
    before = now;
    if (!out.isTerminal) await out.list([reading], COLUMNS);
    else {
      if (lines % LINES_PER_TITLE === 0) await out.line(out.colors.dim(aligned(COLUMNS.map(({ title }) => title))));
      await out.line(aligned(COLUMNS.map(({ value }) => value(reading, out.show))));
    }
    await io.host.sleep(everyMs, signal);
  }
}

/** The steps that have values. */
async function past({ out, signal }: Shell, queue: Queue, span: GetHistoryAnswer['span']): Promise<void> {
  const { from, stepSeconds, series } = await queue.history({ span, signal });
  const known = series.sent.flatMap((sent, index): Step[] => {
    if (sent === null) return [];
    const numbers = Object.entries(series).map(([name, values]) => [name, values[index] ?? 0] as const);
    const atMs = Date.parse(from) + index * stepSeconds * 1_000;
    return [{ from: new Date(atMs).toISOString(), ...Object.fromEntries(numbers) } as Step];
  });
  await out.list(known, STEP_COLUMNS);
  if (known.length === 0) await out.say(`Nothing is known of ${queue.name} in the last ${span} yet.`);
}

/** Cells in columns of one width: later rows are not known yet. */
const aligned = ([time = '', ...cells]: readonly string[]): string =>
  [time.padEnd(TIME_WIDTH), ...cells.map((cell) => cell.padStart(WIDTH))].join('');
