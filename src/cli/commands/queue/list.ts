import type { ListQueuesAnswer } from '../../../client/index.ts';
import type { Define } from '../../frame/command.ts';
import { withExamples } from '../../frame/options.ts';
import type { Column } from '../../frame/output.ts';

type Listed = ListQueuesAnswer['queues'][number];
type Counted = keyof NonNullable<Listed['counts']>;

/** The largest page. */
const QUEUES_PER_PAGE = 1_000;

const countColumn = (title: string, state: Counted): Column<Listed> => ({
  title,
  value: ({ counts }, { number }) => number(counts?.[state]),
  isRight: true,
});

export const QUEUE_COLUMNS: readonly Column<Listed>[] = [
  { title: 'NAME', value: ({ name }) => name },
  countColumn('READY', 'ready'),
  countColumn('IN FLIGHT', 'inFlight'),
  countColumn('DELAYED', 'delayed'),
  countColumn('DEAD-LETTERED', 'deadLettered'),
  {
    title: 'OLDEST',
    value: ({ oldestReadyAgeSeconds: age }, { duration }) => duration(age === undefined ? undefined : age * 1_000),
    isRight: true,
  },
  { title: 'CREATED', value: ({ createdAt }, { time }) => time(createdAt) },
];

export const define: Define = (command, on) =>
  void withExamples(command.command('ls'), 'queue ls', "queue ls --prefix orders --json | jq '.counts.ready'")
    .description('list queues with their counts')
    .option('--prefix <start>', 'only queues whose names start so')
    .option('--no-counts', 'only names and times: counts cost as much as showing each queue')
    .action(
      on(async (shell, { prefix, counts }: { prefix?: string; counts: boolean }) => {
        const { out, signal } = shell;
        const query = { limit: QUEUES_PER_PAGE, counts: counts ? 'true' : 'false', signal } as const;
        const found: Listed[] = [];
        for await (const queue of (await shell.client()).queues({
          ...query,
          ...(prefix === undefined ? {} : { prefix }),
        })) {
          found.push(queue);
        }
        const columns = QUEUE_COLUMNS.filter(({ title }) => counts || title === 'NAME' || title === 'CREATED');
        await out.list(found, columns);
        if (found.length === 0) await out.say('There is no queue; `rewindmq queue create <name>` makes one.');
      }),
    );
