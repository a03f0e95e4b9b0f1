import type { SeenMessage } from '../../client/index.ts';
import type { ExitCode } from '../rules/exit-codes.ts';
import { EXIT } from '../rules/exit-codes.ts';
import { messagesText } from '../rules/numbers.ts';
import { MESSAGE_COLUMNS } from './columns.ts';
import { type ConsentOptions, consent } from './consent.ts';
import type { Shell } from './shell.ts';

/** What a rewind or a redrive would do. */
export interface Preview {
  readonly queue: string;
  readonly matched: number;
  readonly damaged: number;
  readonly cutTo?: string | undefined;
  readonly cutReason?: string | undefined;
  readonly warnings?: readonly string[] | undefined;
  /** A few of the messages. */
  readonly samples: readonly SeenMessage[];
}

/** Enough messages to see whether the rewind finds the right ones. */
export const SAMPLES = 3;

interface Previewed {
  readonly preview: Preview;
  /** Like `Rewind of 12 messages …` */
  readonly sentence: string;
  /** Like `Rewind` */
  readonly verb: string;
  readonly options: ConsentOptions;
}

/**
 * Shows a preview, and asks where more than one message would move. A program that does not continue gets the preview
 * as its data.
 *
 * @returns `undefined` to continue, or the exit code
 */
export async function agree(shell: Shell, asked: Previewed): Promise<ExitCode | undefined> {
  const { out } = shell;
  const { preview, sentence, verb, options } = asked;
  const { matched, damaged, cutTo, cutReason, warnings = [], samples, queue } = preview;
  await out.say(sentence);
  if (damaged > 0) await out.warn(`Up to ${messagesText(damaged)} of the range cannot be read: storage is damaged.`);
  if (cutTo !== undefined) await out.warn(`The archive is complete from ${out.show.time(cutTo)} on: ${cutReason}.`);
  for (const warning of warnings) await out.warn(`Perhaps a mistake: ${warning}.`);
  if (out.isTerminal) await out.list(samples, MESSAGE_COLUMNS);
  const refused = matched === 0 ? EXIT.done : await consentFor(shell, { matched, verb, queue, options });
  if (refused !== undefined && !out.isTerminal) await out.json(preview);
  return refused;
}

interface Consented {
  readonly matched: number;
  readonly verb: string;
  readonly queue: string;
  readonly options: ConsentOptions;
}

/** One message needs no consent. */
async function consentFor(shell: Shell, { matched, verb, queue, options }: Consented): Promise<ExitCode | undefined> {
  if (matched === 1 && options.dryRun !== true) return undefined;
  return await consent(shell, { question: `${verb} ${messagesText(matched)}?`, queue, options });
}
