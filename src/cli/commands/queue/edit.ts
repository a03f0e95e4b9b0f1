import type { Define } from '../../frame/command.ts';
import { withExamples } from '../../frame/options.ts';
import type { Column } from '../../frame/output.ts';
import { type Difference, differences } from '../../rules/differences.ts';
import { EXIT } from '../../rules/exit-codes.ts';
import { type SettingOptions, settingsOf, withSettings } from './settings.ts';

const COLUMNS: readonly Column<Difference>[] = [
  { title: 'ATTRIBUTE', value: ({ attribute }) => attribute },
  { title: 'FROM', value: ({ from }) => JSON.stringify(from) },
  { title: 'TO', value: ({ to }) => JSON.stringify(to) },
];

export const define: Define = (command, on) =>
  void withSettings(
    withExamples(
      command.command('edit'),
      'queue edit orders --visibility 5m',
      'queue edit orders --no-dead-letter',
      'queue edit orders --from orders.json --dry-run',
    )
      .description('change attributes of a queue, and print the differences')
      .argument('<name>'),
  )
    .option('--no-dead-letter', 'send no dead letters any more')
    .option('--no-shards', 'leave the number of shards to the server')
    .option('--dry-run', 'only print the differences; exit code 3 if there are some')
    .action(
      on(async (shell, name: string, options: SettingOptions & { readonly dryRun?: true }) => {
        const queue = await shell.queue(name);
        const { signal } = shell;
        const now = await queue.show({ signal });
        const found = differences(now, settingsOf(withoutDefaults(options, now.deadLetter?.queue)));
        await shell.out.list(found, COLUMNS);
        if (found.length === 0) {
          await shell.out.say('Nothing differs.');
          return EXIT.done;
        }
        if (options.dryRun === true) return EXIT.wouldChange;
        await queue.update(Object.fromEntries(found.map(({ attribute, to }) => [attribute, to])), { signal });
        return EXIT.done;
      }),
    );

/** The parser sets a negatable option that was not given to `true`. `--max-receives` alone keeps the queue. */
function withoutDefaults(options: SettingOptions, deadLetterQueue: string | undefined): SettingOptions {
  const { deadLetter, shards, ...rest } = options as Omit<SettingOptions, 'deadLetter' | 'shards'> & {
    readonly deadLetter?: SettingOptions['deadLetter'] | true;
    readonly shards?: SettingOptions['shards'] | true;
  };
  const kept = options.maxReceives === undefined ? undefined : deadLetterQueue;
  const wanted = deadLetter === true ? kept : (deadLetter ?? kept);
  return {
    ...rest,
    ...(wanted === undefined ? {} : { deadLetter: wanted }),
    ...(shards === true || shards === undefined ? {} : { shards }),
  };
}
