import type { CreateSigningKeyAnswer, ListSigningKeysAnswer } from '../../client/index.ts';
import type { Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import type { Column } from '../frame/output.ts';

const COLUMNS: readonly Column<ListSigningKeysAnswer['keys'][number]>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'BEGINS', value: ({ prefix }) => prefix },
  { title: 'CREATED', value: ({ createdAt }, { time }) => time(createdAt) },
];

const CREATED: readonly Column<CreateSigningKeyAnswer>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'created', value: ({ createdAt }, { time }) => time(createdAt) },
  { title: 'secret', value: ({ secret }) => secret },
];

/** `rewindmq push keys`: what signs the requests to the endpoint of a queue. */
export const define: Define = (command, on) => {
  const keys = command.command('keys').description('keys that sign the requests to the endpoint of a queue');
  withExamples(keys, 'push keys ls orders', 'push keys create orders', 'push keys rm orders h3kZ0sVq81xE');
  keys
    .command('ls')
    .description('list the keys of a queue, without their secrets')
    .argument('<queue>')
    .action(
      on(async (shell, name: string) => {
        const { keys: found } = await (await shell.queue(name)).signingKeys.list({ signal: shell.signal });
        await shell.out.list(found, COLUMNS);
        if (found.length === 0) await shell.out.say(`${name} has no key; \`rewindmq push keys create\` makes one.`);
      }),
    );
  keys
    .command('create')
    .description('create a key, which signs beside those that are there, and print its secret, this once')
    .argument('<queue>')
    .action(
      on(async (shell, name: string) => {
        const { signingKeys } = await shell.queue(name);
        await shell.out.record(await signingKeys.create({ signal: shell.signal }), CREATED);
      }),
    );
  keys
    .command('rm')
    .description('remove a key; it signs nothing any more')
    .argument('<queue>')
    .argument('<id>')
    .action(
      on(async (shell, name: string, id: string) => {
        await (await shell.queue(name)).signingKeys.delete(id, { signal: shell.signal });
        await shell.out.say(`${id} signs nothing any more.`);
      }),
    );
};
