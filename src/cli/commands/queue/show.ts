import type { GetQueueAnswer } from '../../../client/index.ts';
import type { Define } from '../../frame/command.ts';
import type { Column } from '../../frame/output.ts';
import { SETTING_COLUMNS } from './settings.ts';

const countColumn = (title: string, state: keyof GetQueueAnswer['counts']): Column<GetQueueAnswer> => ({
  title,
  value: ({ counts }, { number }) => number(counts[state]),
});

export const COUNT_COLUMNS: readonly Column<GetQueueAnswer>[] = [
  countColumn('ready', 'ready'),
  countColumn('in flight', 'inFlight'),
  countColumn('delayed', 'delayed'),
  countColumn('dead-lettered', 'deadLettered'),
  countColumn('deleted', 'deleted'),
  countColumn('purged', 'purged'),
  countColumn('damaged', 'damaged'),
  countColumn('sent', 'sent'),
  countColumn('rewound', 'rewound'),
  { title: 'oldest ready', value: ({ oldestReadyAgeSeconds: age }, { duration }) => duration(age * 1_000) },
  {
    title: 'counted',
    value: ({ countsAsOf, countsExact }, { time }) => `${time(countsAsOf)}, ${countsExact ? 'exact' : 'approximate'}`,
  },
];

export const define: Define = (command, on) =>
  void command
    .command('show')
    .description('show the attributes and counts of a queue')
    .argument('<name>')
    .action(
      on(async (shell, name: string) => {
        const shown = await (await shell.queue(name)).show({ signal: shell.signal });
        await shell.out.record(shown, [...SETTING_COLUMNS, ...COUNT_COLUMNS]);
      }),
    );
