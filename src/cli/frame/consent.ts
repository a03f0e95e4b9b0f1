import { EXIT, type ExitCode, WrongUse } from '../rules/exit-codes.ts';
import type { Shell } from './shell.ts';

export interface ConsentOptions {
  readonly yes?: true;
  readonly confirm?: string;
  readonly dryRun?: true;
}

interface Asked {
  /** Like `Rewind 12 messages?` */
  readonly question: string;
  readonly queue: string;
  readonly options: ConsentOptions;
}

/**
 * Whether to continue after a preview: by `--yes`, or by a person's answer. In a production context `--yes` needs
 * `--confirm` with the name of the queue, and a person types that name.
 *
 * @returns `undefined` to continue, or the exit code of a preview
 * @throws WrongUse when `--confirm` names another queue
 */
export async function consent(shell: Shell, { question, queue, options }: Asked): Promise<ExitCode | undefined> {
  const { isProduction, context } = shell.place;
  if (options.dryRun === true) return EXIT.wouldChange;
  if (options.confirm !== undefined && options.confirm !== queue) {
    throw new WrongUse(`--confirm must be the name of the queue, ${queue}; given: ${options.confirm}.`);
  }
  if (options.yes === true) {
    if (!isProduction || options.confirm === queue) return undefined;
    throw new WrongUse(`${context} is production: add --confirm ${queue}.`);
  }
  if (!shell.io.stdin.isTerminal || !shell.io.stderr.isTerminal) {
    await shell.out.say('Nothing was changed: --yes does it.');
    return EXIT.wouldChange;
  }
  const answer = await shell.io.ask(isProduction ? `${question} Type ${queue}: ` : `${question} [y/N] `);
  if (isProduction ? answer === queue : /^y(es)?$/i.test(answer)) return undefined;
  await shell.out.say('Nothing was changed.');
  return EXIT.wouldChange;
}
