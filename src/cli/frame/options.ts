import { type Command, Option } from 'commander';

/** Options of every command that reaches many messages. */
export const withConsent = (command: Command): Command =>
  command
    .option('-y, --yes', 'do it without a question')
    .option('--confirm <queue>', 'the name of the queue; with --yes in a production context')
    .addOption(new Option('--dry-run', 'only preview; exit code 3 if something would change').conflicts('yes'));

/** Shows examples first: most readers need nothing else. */
export const withExamples = (command: Command, ...examples: readonly string[]): Command =>
  command.addHelpText('before', `Examples:\n${examples.map((one) => `  $ rewindmq ${one}\n`).join('')}`);
