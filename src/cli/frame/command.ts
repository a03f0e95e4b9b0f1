import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { EXIT, type ExitCode, WrongUse } from '../rules/exit-codes.ts';
import type { Shell } from './shell.ts';

/** The work of a command. It resolves with its exit code, 0 by default. */
export type Action<Args extends unknown[]> = (shell: Shell, ...args: Args) => Promise<ExitCode | undefined | void>;

/** Makes an action of the parser of one that works with a shell. */
export type On = <Args extends unknown[]>(action: Action<Args>) => (...args: [...Args, Command]) => Promise<void>;

/** Adds arguments, options and the action to a command. */
export type Define = (command: Command, on: On) => void;

/** Parses the value of an option by a rule; the parser names the option in its message. */
export const by =
  <Value>(rule: (text: string, before?: Value) => Value) =>
  (text: string, before?: Value): Value => {
    try {
      return rule(text, before);
    } catch (error) {
      if (error instanceof WrongUse) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };

/** Where a command reports its exit code. */
export interface Outcome {
  code: ExitCode;
}

export const onShell =
  (open: (command: Command) => Shell, outcome: Outcome): On =>
  <Args extends unknown[]>(action: Action<Args>) =>
  async (...args: [...Args, Command]) => {
    const command = args.at(-1) as Command;
    outcome.code = (await action(open(command), ...(args.slice(0, -1) as Args))) ?? EXIT.done;
  };
