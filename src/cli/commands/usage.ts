import type { ListUsageAnswer } from '../../client/index.ts';
import type { Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import type { Column } from '../frame/output.ts';

type Month = ListUsageAnswer['months'][number];
type Day = ListUsageAnswer['days'][number];

const count = (title: string, name: 'calls' | 'sent' | 'received' | 'deleted'): Column<Month | Day> => ({
  title,
  isRight: true,
  value: (usage, { number }) => number(usage[name]),
});

const COLUMNS: readonly Column<Month | Day>[] = [
  { title: 'WHEN', value: (usage) => ('day' in usage ? usage.day : usage.month) },
  count('CALLS', 'calls'),
  count('SENT', 'sent'),
  count('RECEIVED', 'received'),
  count('DELETED', 'deleted'),
  { title: 'ON AWS, ABOUT', isRight: true, value: ({ dollars }) => `$${dollars.toFixed(2)}` },
];

/** `rewindmq usage`. */
export const define: Define = (command, on) =>
  void withExamples(command, 'usage', 'usage --days')
    .option('--days', 'days, not months')
    .action(
      on(async (shell, { days: isByDay }: { readonly days?: true }) => {
        const { days, months } = await (await shell.client()).usage({ signal: shell.signal });
        await shell.out.list(isByDay === true ? days : months, COLUMNS);
        if (days.length === 0) await shell.out.say('No day is known yet; the server notes each minute what it did.');
      }),
    );
