import { Option } from 'commander';
import type { Queue, SeenMessage } from '../../client/index.ts';
import { REWIND_PER_SECOND_MAX } from '../../model/limits.ts';
import { by, type Define } from '../frame/command.ts';
import type { ConsentOptions } from '../frame/consent.ts';
import { startJob } from '../frame/jobs.ts';
import { withConsent, withExamples } from '../frame/options.ts';
import { agree, SAMPLES } from '../frame/preview.ts';
import type { Shell } from '../frame/shell.ts';
import { addPair, hasAttributes } from '../rules/attributes.ts';
import { WrongUse } from '../rules/exit-codes.ts';
import { messagesText, wholeNumber } from '../rules/numbers.ts';

interface RewindOptions extends ConsentOptions {
  readonly from: string;
  readonly to?: string;
  readonly by: 'sentAt' | 'deletedAt';
  readonly attr?: Readonly<Record<string, string>>;
  readonly into?: string;
  readonly rate?: number;
  readonly wait: boolean;
}

/** What is asked of the server, and the same as the command line uses it. */
interface Range extends Pick<RewindOptions, 'by' | 'attr'> {
  readonly from: string;
  readonly to: string;
}

/** Deleted messages that are read in search of samples. */
const LOOKED_AT_MAX = 1_000;
/** Messages of one look in search of samples: most rewinds find three in the first. */
const PAGE = 100;

export const define: Define = (command, on) =>
  void withConsent(
    withExamples(
      command,
      'rewind orders --from "yesterday 14:00" --to "yesterday 14:20" --by deletedAt --dry-run',
      'rewind orders --from 2h --attr customer=42 --into orders-again --yes',
    )
      .argument('<queue>')
      .requiredOption('--from <time>', 'the first moment: 2h (ago), "yesterday 14:00", ISO 8601')
      .option('--to <time>', 'the end, itself not included; now by default')
      .addOption(
        new Option('--by <time>', 'the time of a message that lies in the range')
          .choices(['sentAt', 'deletedAt'])
          .default('sentAt'),
      )
      .option('--attr <name=value>', 'only messages with this attribute; repeat it for more', by(addPair))
      .option('--into <queue>', 'bring them into another queue')
      .option('--rate <number>', 'at most this many messages a second', by(wholeNumber(1, REWIND_PER_SECOND_MAX)))
      .option('--no-wait', 'start it, print the job, and do not wait for its end'),
  ).action(
    on(async (shell, name: string, options: RewindOptions) => {
      const queue = await shell.queue(name);
      const { attr, into, rate } = options;
      const range = rangeOf(shell, options);
      const request = {
        from: range.from,
        to: range.to,
        by: range.by,
        ...(attr === undefined ? {} : { filter: { attributes: attr } }),
        ...(into === undefined ? {} : { into }),
        ...(rate === undefined ? {} : { perSecond: rate }),
      };
      const count = await queue.countRewind(request, { signal: shell.signal });
      const preview = { queue: name, ...request, ...count, samples: await samplesOf(shell, queue, range) };
      const where = into === undefined ? '' : ` into ${into}`;
      const when = `${range.by === 'sentAt' ? 'sent' : 'deleted'} from ${range.from} to ${range.to}`;
      const sentence = `Rewind of ${messagesText(count.matched)} of ${name}${where}, ${when}.`;
      const ended = await agree(shell, { preview, sentence, verb: 'Rewind', options });
      return ended ?? (await startJob(shell, { queue, options, start: () => queue.rewind(request) }));
    }),
  );

/** The range is frozen before the preview, so the rewind brings the messages that the preview has counted. */
function rangeOf(shell: Shell, { from: first, to: end = 'now', by, attr }: RewindOptions): Range {
  const [from, to] = [shell.time(first), shell.time(end)];
  if (from >= to) throw new WrongUse(`--from, ${from}, is not before --to, ${to}.`);
  return { from, to, by, ...(attr === undefined ? {} : { attr }) };
}

async function samplesOf({ signal }: Shell, queue: Queue, { from, to, by, attr = {} }: Range): Promise<SeenMessage[]> {
  const samples: SeenMessage[] = [];
  let lookedAt = 0;
  // No message is deleted before it was sent.
  for await (const message of queue.look({ state: 'deleted', from, limit: PAGE, signal })) {
    const at = message[by] ?? '';
    if (at >= from && at < to && hasAttributes(message, attr)) samples.push(message);
    lookedAt += 1;
    if (samples.length === SAMPLES || lookedAt === LOOKED_AT_MAX) break;
  }
  return samples;
}
