import type { Define } from '../../frame/command.ts';
import { SETTING_COLUMNS } from './settings.ts';

export const define: Define = (command, on) =>
  void command
    .command('restore')
    .description('restore a deleted queue, within an hour')
    .argument('<name>')
    .option('--as <name>', 'give it another name')
    .action(
      on(async (shell, name: string, { as }: { readonly as?: string }) => {
        const queue = await shell.queue(name);
        const restored = await queue.restore({ signal: shell.signal, ...(as === undefined ? {} : { as }) });
        await shell.out.record(restored, SETTING_COLUMNS);
      }),
    );
