import type { Define } from '../../frame/command.ts';
import { withExamples } from '../../frame/options.ts';
import { newSettings, SETTING_COLUMNS, type SettingOptions, withSettings } from './settings.ts';

export const define: Define = (command, on) =>
  void withSettings(
    withExamples(
      command.command('create'),
      'queue create orders --visibility 60s',
      'queue create orders --dead-letter orders-dead --max-receives 5',
    )
      .description('create a queue, or check that it exists with these attributes')
      .argument('<name>'),
  ).action(
    on(async (shell, name: string, options: SettingOptions) => {
      const queue = await shell.queue(name);
      await shell.out.record(await queue.create(newSettings(options), { signal: shell.signal }), SETTING_COLUMNS);
    }),
  );
