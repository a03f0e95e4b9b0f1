import type { Argument, Command, Option } from 'commander';
import { readContexts } from './frame/contexts.ts';
import type { Shell } from './frame/shell.ts';
import { STATE_WORDS } from './rules/states.ts';

/** Loads the arguments and options of a command. */
type Load = (command: Command) => Promise<void>;

/** Queues that are offered at once. */
const QUEUES_MAX = 100;

/** The words that may come in place of the last one of a command line. */
export async function candidates(shell: Shell, program: Command, load: Load, words: readonly string[]) {
  const last = words.at(-1) ?? '';
  const { command, place, pending } = await walk(program, load, words.slice(0, -1));
  const found = await offered(shell, { command, program, place, pending, last });
  return found.filter((word) => word.startsWith(last));
}

interface Walked {
  readonly command: Command;
  /** How many arguments came. */
  readonly place: number;
  /** The option whose value comes next. */
  readonly pending: Option | undefined;
}

async function walk(program: Command, load: Load, words: readonly string[]): Promise<Walked> {
  let command = program;
  let place = 0;
  let pending: Option | undefined;
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const option = optionsOf(command, program).find(({ long, short }) => long === word || short === word);
      pending = option?.required === true ? option : undefined;
      continue;
    }
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) place += 1;
    else {
      command = next;
      await load(next);
    }
  }
  return { command, place, pending };
}

const optionsOf = (command: Command, program: Command): readonly Option[] => [...command.options, ...program.options];

async function offered(
  shell: Shell,
  { command, program, place, pending, last }: Walked & { readonly program: Command; readonly last: string },
): Promise<readonly string[]> {
  if (pending !== undefined) return await valuesOf(shell, pending, last);
  if (last.startsWith('-')) return optionsOf(command, program).flatMap(({ long }) => long ?? []);
  if (command.commands.length > 0)
    return command.commands.map((one) => one.name()).filter((name) => name !== 'complete');
  const { registeredArguments: known } = command;
  const argument = known[place] ?? (known.at(-1)?.variadic === true ? known.at(-1) : undefined);
  return argument === undefined ? [] : await valuesOf(shell, argument, last, command);
}

const VALUES: Readonly<Record<string, readonly string[]>> = { state: STATE_WORDS };
/** Names of arguments and options that are queues. */
const QUEUES = new Set(['queue', 'into', 'deadLetter', 'confirm']);

async function valuesOf(
  shell: Shell,
  of: Option | Argument,
  last: string,
  command?: Command,
): Promise<readonly string[]> {
  const name = 'attributeName' in of ? of.attributeName() : of.name();
  if (of.argChoices !== undefined) return of.argChoices;
  if (VALUES[name] !== undefined) return VALUES[name];
  const isContext = name === 'context' || command?.parent?.name() === 'context';
  if (isContext) return Object.keys(readContexts(shell.io).contexts);
  const isQueue = QUEUES.has(name) || command?.parent?.name() === 'queue';
  return isQueue ? await queuesOf(shell, last) : [];
}

async function queuesOf(shell: Shell, prefix: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of (await shell.client()).queues({ prefix, counts: 'false', limit: QUEUES_MAX })) {
    names.push(name);
    if (names.length === QUEUES_MAX) break;
  }
  return names;
}
