import { RewindMqError } from '../../client/index.ts';
import { MESSAGE_PROPERTIES } from '../frame/columns.ts';
import type { Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import type { Shell } from '../frame/shell.ts';
import { EXIT } from '../rules/exit-codes.ts';

export const define: Define = (command, on) =>
  void withExamples(command, 'find 688ae27a-d880-8000-8001-2c3104702000 orders')
    .argument('<id>')
    .argument('[queue...]', 'where to look; without it, in each queue, with one call or more for each')
    .option('--from <time>', 'of the deleted messages, only those that were deleted from then on')
    .action(
      on(async (shell, id: string, queues: readonly string[], { from }: { readonly from?: string }) => {
        const { out, signal } = shell;
        const start = from === undefined ? {} : { from: shell.time(from) };
        const unfinished: string[] = [];
        for await (const name of queues.length > 0 ? queues : namesOf(shell)) {
          const message = await (await shell.queue(name)).find(id, { ...start, signal }).catch((error: unknown) => {
            if (!isUnfinished(error)) throw error;
            unfinished.push(name);
          });
          if (message === undefined) continue;
          await out.record({ queue: name, ...message }, [
            { title: 'queue', value: ({ queue }) => queue },
            ...MESSAGE_PROPERTIES,
          ]);
          return EXIT.done;
        }
        if (unfinished.length > 0) {
          await out.warn(`${id} was not found, but too much waits to look at all of it in ${unfinished.join(', ')}.`);
          return EXIT.partial;
        }
        await out.say(`No message has the id ${id}${queues.length > 0 ? ` in ${queues.join(', ')}` : ''}.`);
        return EXIT.notFound;
      }),
    );

/** A search that could not look at everything, and that a further call would not complete. */
const isUnfinished = (error: unknown): boolean => error instanceof RewindMqError && error.searched?.complete === false;

async function* namesOf(shell: Shell): AsyncGenerator<string> {
  for await (const { name } of (await shell.client()).queues({ counts: 'false', signal: shell.signal })) yield name;
}
