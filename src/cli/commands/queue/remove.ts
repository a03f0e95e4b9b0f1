import type { Define } from '../../frame/command.ts';
import { type ConsentOptions, consent } from '../../frame/consent.ts';
import { withConsent } from '../../frame/options.ts';
import { messagesText } from '../../rules/numbers.ts';

export const define: Define = (command, on) =>
  void withConsent(
    command
      .command('rm')
      .description('delete a queue with its messages; it can be restored for an hour')
      .argument('<name>')
      .option('--force', 'even if other queues send their dead letters to it'),
  ).action(
    on(async (shell, name: string, options: ConsentOptions & { readonly force?: true }) => {
      const queue = await shell.queue(name);
      const { out, signal } = shell;
      const { ready, delayed, inFlight } = (await queue.show({ signal })).counts;
      await out.say(`${name} has ${ready} ready, ${delayed} delayed and ${inFlight} in flight.`);
      const question = `Delete ${name} with ${messagesText(ready + delayed + inFlight)}?`;
      const refused = await consent(shell, { question, queue: name, options });
      if (refused !== undefined) return refused;
      const { undoUntil } = await queue.deleteQueue({ signal, force: options.force === true });
      if (out.isJson) await out.json({ undoUntil });
      await out.say(`Deleted. Until ${out.show.time(undoUntil)}: rewindmq queue restore ${name}`);
      return undefined;
    }),
  );
