import type { ListQueuesAnswer } from '../../client/index.ts';
import { ITEMS_PER_PAGE_MAX } from '../../model/limits.ts';
import { by, type Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import type { Column } from '../frame/output.ts';
import type { Shell } from '../frame/shell.ts';
import { parseDuration } from '../rules/durations.ts';
import { numberText, wholeNumber } from '../rules/numbers.ts';
import { type Rates, ratesBetween } from '../rules/rates.ts';
import { QUEUE_COLUMNS } from './queue/list.ts';

type Listed = ListQueuesAnswer['queues'][number];
type Reading = Listed & Rates;

interface TopOptions {
  readonly every: number;
  readonly limit: number;
  readonly prefix?: string;
  readonly once?: true;
}

const ORDERED = ['NAME', 'READY', 'IN FLIGHT', 'DELAYED', 'DEAD-LETTERED', 'OLDEST'];
const COLUMNS: readonly Column<Reading>[] = [
  ...QUEUE_COLUMNS.filter(({ title }) => ORDERED.includes(title)),
  { title: 'SENT/S', value: ({ sentPerSecond }, { number }) => number(sentPerSecond), isRight: true },
  { title: 'DELETED/S', value: ({ deletedPerSecond }, { number }) => number(deletedPerSecond), isRight: true },
];

/** Moves the cursor to the first place of the screen, and clears what follows. */
const HOME = '\u001b[H\u001b[J';

export const define: Define = (command, on) =>
  void withExamples(command, 'top', 'top --prefix orders --every 10s', 'top --once --json')
    .option('--prefix <start>', 'only queues whose names start so')
    .option('--limit <number>', 'at most this many queues: those with most ready messages', by(wholeNumber(1)), 20)
    .option('--every <duration>', 'pause between readings', by(parseDuration), 5_000)
    .option('--once', 'one reading, without rates')
    .action(
      on(async (shell, options: TopOptions) => {
        const before = new Map<string, Listed>();
        for (;;) {
          await show(shell, await readingsOf(shell, options, before), options);
          if (options.once === true) return;
          await shell.io.host.sleep(options.every, shell.signal);
        }
      }),
    );

async function readingsOf(shell: Shell, { prefix }: TopOptions, before: Map<string, Listed>): Promise<Reading[]> {
  const query = { counts: 'recent', limit: ITEMS_PER_PAGE_MAX, signal: shell.signal } as const;
  const readings: Reading[] = [];
  for await (const queue of (await shell.client()).queues({ ...query, ...(prefix === undefined ? {} : { prefix }) })) {
    readings.push({ ...queue, ...ratesBetween(before.get(queue.name), queue) });
    before.set(queue.name, queue);
  }
  return readings.sort((one, other) => (other.counts?.ready ?? 0) - (one.counts?.ready ?? 0));
}

async function show({ out, io }: Shell, readings: readonly Reading[], { limit, once }: TopOptions): Promise<void> {
  const shown = readings.slice(0, limit);
  if (!out.isTerminal || once === true) return await out.list(shown, COLUMNS);
  const ready = readings.reduce((sum, { counts }) => sum + (counts?.ready ?? 0), 0);
  const at = out.show.time(new Date(io.nowMs()).toISOString());
  const told = `${at}  ${numberText(readings.length)} queues, ${numberText(ready)} ready`;
  await out.line(`${HOME}${out.colors.dim(told)}\n\n${await out.table(shown, COLUMNS)}`);
}
