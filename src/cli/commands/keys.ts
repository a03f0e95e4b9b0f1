import { Option } from 'commander';
import type { AccessKey, CreatedKey, KeyRight } from '../../client/index.ts';
import type { Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import type { Column } from '../frame/output.ts';

interface CreateOptions {
  readonly queue?: readonly string[];
  readonly right?: readonly KeyRight[];
  readonly note?: string;
}

const COLUMNS: readonly Column<AccessKey>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'QUEUES', value: ({ queues }) => queues.join(' ') },
  { title: 'RIGHTS', value: ({ rights }) => rights.join(' ') },
  { title: 'CREATED', value: ({ createdAt }, { time }) => time(createdAt) },
  { title: 'NOTE', value: ({ note = '' }) => note, grows: true },
];

const CREATED: readonly Column<CreatedKey>[] = [
  ...COLUMNS.map((column) => ({ ...column, title: column.title.toLowerCase() })),
  { title: 'secret', value: ({ secret }) => secret },
];

const FIRST_KEY = `
The first key of a server on this machine: \`rewindmq-keys create --data <directory>\`.`;

export const define: Define = (command, on) => {
  withExamples(command, "keys create --queue 'orders*' --right send receive --note billing", 'keys ls');
  command.addHelpText('after', FIRST_KEY);
  command
    .command('ls')
    .description('list all keys, without their secrets')
    .action(
      on(async (shell) => {
        const { out, signal } = shell;
        const { keys } = await (await shell.client()).keys({ signal });
        await out.list(keys, COLUMNS);
        if (keys.length === 0) await out.say('There is no key; `rewindmq keys create` makes one.');
      }),
    );
  command
    .command('create')
    .description('create a key for SQS clients and signed calls, and print its secret, this once')
    .option('--queue <name...>', 'queues it reaches; * at the end of a name stands for any rest; all by default')
    .addOption(
      new Option('--right <right...>', 'what it may do; everything by default').choices(['send', 'receive', 'manage']),
    )
    .option('--note <text>', 'to know it again')
    .action(
      on(async (shell, { queue: queues, right: rights, note }: CreateOptions) => {
        const wanted = {
          ...(queues === undefined ? {} : { queues }),
          ...(rights === undefined ? {} : { rights }),
          ...(note === undefined ? {} : { note }),
        };
        await shell.out.record(await (await shell.client()).createKey(wanted, { signal: shell.signal }), CREATED);
      }),
    );
  command
    .command('revoke')
    .description('take a key away; calls signed with it are refused within 30 s')
    .argument('<id>')
    .action(
      on(async (shell, id: string) => {
        await (await shell.client()).revokeKey(id, { signal: shell.signal });
        await shell.out.say(`${id} is revoked.`);
      }),
    );
};
