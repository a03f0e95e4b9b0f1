import type { Queue, SeenMessage } from '../../client/index.ts';
import { ITEMS_PER_PAGE_MAX, REWIND_PER_SECOND_MAX } from '../../model/limits.ts';
import { by, type Define } from '../frame/command.ts';
import type { ConsentOptions } from '../frame/consent.ts';
import { startJob } from '../frame/jobs.ts';
import { withConsent, withExamples } from '../frame/options.ts';
import { agree, SAMPLES } from '../frame/preview.ts';
import type { Shell } from '../frame/shell.ts';
import { addPair, hasAttributes } from '../rules/attributes.ts';
import { messagesText, wholeNumber } from '../rules/numbers.ts';

interface RedriveOptions extends ConsentOptions {
  readonly attr?: Readonly<Record<string, string>>;
  readonly id?: readonly string[];
  readonly into?: string;
  readonly max?: number;
  readonly rate?: number;
  readonly wait: boolean;
}

/** Adds an id to those before it. */
const addId = (id: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), id];

export const define: Define = (command, on) =>
  void withConsent(
    withExamples(
      command,
      'redrive orders-dead --dry-run',
      'redrive orders-dead --max 10 --yes',
      'redrive orders-dead --attr kind=refund --rate 50 --yes',
    )
      .argument('<queue>', 'the dead-letter queue')
      .option('--attr <name=value>', 'only messages with this attribute; repeat it for more', by(addPair))
      .option('--id <id>', 'only this message; repeat it for more', addId)
      .option('--into <queue>', 'move them into this queue; by default back to where they came from')
      .option('--max <number>', 'at most this many, to try a few first', by(wholeNumber(1)))
      .option('--rate <number>', 'at most this many messages a second', by(wholeNumber(1, REWIND_PER_SECOND_MAX)))
      .option('--no-wait', 'start it, print the job, and do not wait for its end'),
  ).action(
    on(async (shell, name: string, options: RedriveOptions) => {
      const queue = await shell.queue(name);
      const { attr, id, into, max, rate } = options;
      const request = {
        ...(attr === undefined ? {} : { filter: { attributes: attr } }),
        ...(id === undefined ? {} : { ids: id }),
        ...(into === undefined ? {} : { into }),
        ...(max === undefined ? {} : { max }),
        ...(rate === undefined ? {} : { perSecond: rate }),
      };
      const { samples, matched } = await countReady(shell, queue, options);
      const preview = { queue: name, ...request, matched, damaged: 0, samples };
      const where = into === undefined ? 'back to where they came from' : `into ${into}`;
      const sentence = `Redrive of ${messagesText(matched)} of ${name} ${where}.`;
      const ended = await agree(shell, { preview, sentence, verb: 'Redrive', options });
      return ended ?? (await startJob(shell, { queue, options, start: () => queue.redrive(request) }));
    }),
  );

/** Counts the ready messages that match. To choose among them, it looks at each, a page of 1,000 a call. */
async function countReady(
  { signal }: Shell,
  queue: Queue,
  { attr, id, max = id?.length ?? Number.POSITIVE_INFINITY }: RedriveOptions,
): Promise<{ readonly matched: number; readonly samples: readonly SeenMessage[] }> {
  const samples: SeenMessage[] = [];
  const { ready } = (await queue.show({ signal })).counts;
  if (ready === 0) return { matched: 0, samples };
  let matched = 0;
  const isAny = attr === undefined && id === undefined;
  for await (const message of queue.look({
    state: 'ready',
    limit: isAny ? SAMPLES : ITEMS_PER_PAGE_MAX,
    signal,
  })) {
    if (!hasAttributes(message, attr ?? {}) || id?.includes(message.id) === false) continue;
    if (samples.length < SAMPLES) samples.push(message);
    matched += 1;
    if (matched >= max || (isAny && samples.length === SAMPLES)) break;
  }
  return { samples, matched: isAny ? Math.min(max, ready) : matched };
}
