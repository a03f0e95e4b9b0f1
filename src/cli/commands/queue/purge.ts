import type { Define } from '../../frame/command.ts';
import { type ConsentOptions, consent } from '../../frame/consent.ts';
import { withConsent, withExamples } from '../../frame/options.ts';
import { EXIT } from '../../rules/exit-codes.ts';
import { messagesText } from '../../rules/numbers.ts';

export const define: Define = (command, on) =>
  void withConsent(
    withExamples(command.command('purge'), 'queue purge orders', 'queue purge orders --undo')
      .description('purge all messages of a queue; it can be undone for an hour')
      .argument('<name>')
      .option('--undo', 'bring back what the purge took'),
  ).action(
    on(async (shell, name: string, options: ConsentOptions & { readonly undo?: true }) => {
      const queue = await shell.queue(name);
      const { out, signal } = shell;
      if (options.undo === true) {
        await queue.undoPurge({ signal });
        await out.say(`The purge of ${name} was undone.`);
        return EXIT.done;
      }
      const { ready, delayed, inFlight } = (await queue.show({ signal })).counts;
      await out.say(`${name} has ${ready} ready, ${delayed} delayed and ${inFlight} in flight.`);
      if (ready + delayed + inFlight === 0) return EXIT.done;
      const question = `Purge ${messagesText(ready + delayed + inFlight)}?`;
      const refused = await consent(shell, { question, queue: name, options });
      if (refused !== undefined) return refused;
      const { undoUntil } = await queue.purge({ signal });
      if (out.isJson) await out.json({ undoUntil });
      await out.say(`Purged. Until ${out.show.time(undoUntil)}: rewindmq queue purge ${name} --undo`);
      return EXIT.done;
    }),
  );
