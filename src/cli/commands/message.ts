import { VISIBILITY_MS_MAX } from '../../model/limits.ts';
import { by, type Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import { parseSeconds } from '../rules/durations.ts';

/** `rewindmq message`: changes one message by its id, for a person who steers. */
export const define: Define = (command, on) => {
  withExamples(
    command,
    'message release orders 688ae27a-d880-8000-8001-2c3104702000',
    'message hold orders 688ae27a-d880-8000-8001-2c3104702000 --for 10m',
    'message rm orders 688ae27a-d880-8000-8001-2c3104702000',
  );
  command
    .command('rm')
    .description('delete a message that is ready, delayed or in flight; a rewind can bring it back')
    .argument('<queue>')
    .argument('<id>')
    .action(
      on(async (shell, name: string, id: string) => {
        await (await shell.queue(name)).deleteById(id, { signal: shell.signal });
        await shell.out.say(`${id} is deleted.`);
      }),
    );
  command
    .command('release')
    .description('end the lease of a message in flight; the consumer that has it may still work on it')
    .argument('<queue>')
    .argument('<id>')
    .action(
      on(async (shell, name: string, id: string) => {
        await (await shell.queue(name)).changeVisibilityById(id, 0, { signal: shell.signal });
        await shell.out.say(`${id} can be received now.`);
      }),
    );
  command
    .command('hold')
    .description('let the lease of a message in flight end later')
    .argument('<queue>')
    .argument('<id>')
    .requiredOption('--for <duration>', `from now on, at most ${VISIBILITY_MS_MAX / 3_600_000}h`, by(parseSeconds))
    .action(
      on(async (shell, name: string, id: string, { for: seconds }: { readonly for: number }) => {
        await (await shell.queue(name)).changeVisibilityById(id, seconds, { signal: shell.signal });
        await shell.out.say(`${id} is held for ${seconds} s from now on.`);
      }),
    );
};
