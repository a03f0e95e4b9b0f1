import { Command, type OutputConfiguration } from 'commander';
import { VERSION } from '../protocols/rest/version.ts';
import { COMMANDS } from './commands/index.ts';
import { by, type On } from './frame/command.ts';
import { WrongUse } from './rules/exit-codes.ts';
import { wholeNumber } from './rules/numbers.ts';

/** This many tries take minutes with their pauses. More would look like a hang. */
const TRIES_MAX = 20;

const AFTER = `
Without a command, or with an option of the server first, rewindmq starts a server: \`rewindmq start --help\`.
stdout is data, stderr is talk. A terminal gets tables, a pipe gets tab-separated lines, --json gets JSON.
Exit codes: 0 done, 1 failed, 2 wrong use, 3 would change, 4 partial, 5 not found, 6 not allowed, 7 unavailable,
130 interrupted.`;

/** The parser of all commands. A command is loaded only when it runs. */
export function programOf(on: On, output: OutputConfiguration): Command {
  const program = new Command('rewindmq')
    .description('Send, receive, look at and rewind messages of a RewindMQ server or deployment.')
    .usage('[command] [options]')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'describe a command')
    .helpCommand('help [command...]', 'describe a command')
    .exitOverride()
    .configureOutput(output)
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError('`rewindmq help` lists the commands.')
    .optionsGroup('Options of every command:')
    .option('--url <address>', 'the server or deployment; also REWINDMQ_URL')
    .option('--context <name>', 'the place of this name (`rewindmq context ls`); also REWINDMQ_CONTEXT')
    .option('--json', 'print JSON: one object, or one a line')
    .option('-q, --quiet', 'print data and errors, no talk')
    .option('--utc', 'read and print times in UTC')
    .option('--tries <number>', 'tries of each call, 5 by default', by(wholeNumber(1, TRIES_MAX)))
    .option('--debug', 'print each call, and the stack of a failure')
    .addHelpText('after', AFTER);
  program
    .command('start')
    .description('start a server on this machine')
    .helpGroup('Server:')
    .action(() => {
      throw new WrongUse('start is the first word of a command line; options of the server follow it.');
    });
  for (const { name, about, group } of COMMANDS) {
    program.command(name).description(about).helpGroup(group).helpOption('-h, --help', 'describe this command');
  }
  const load = async (command: Command) => {
    const entry = COMMANDS.find(({ name }) => command.parent === program && name === command.name());
    (await entry?.load())?.define(command, on);
  };
  program.hook('preSubcommand', (_, command) => load(command));
  program
    .command('complete', { hidden: true })
    .argument('[word...]')
    .action(
      on(async (shell, words: readonly string[]) => {
        const { candidates } = await import('./complete.ts');
        for (const word of await candidates(shell, program, load, words)) await shell.out.line(word);
      }),
    );
  return program;
}
