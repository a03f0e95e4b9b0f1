import type { Queue, SeenMessage } from '../../client/index.ts';
import { ITEMS_PER_PAGE_MAX } from '../../model/limits.ts';
import { MESSAGE_COLUMNS, styledState } from '../frame/columns.ts';
import { by, type Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import type { Shell } from '../frame/shell.ts';
import { parseDuration } from '../rules/durations.ts';
import { numberText } from '../rules/numbers.ts';
import { parseStates, STATE_WORDS, stateText } from '../rules/states.ts';
import { formatMessage } from '../rules/template.ts';
import { visibleLine } from '../rules/visible.ts';

interface TailOptions {
  readonly since?: string;
  readonly state: readonly SeenMessage['state'][];
  readonly every: number;
  readonly format?: string;
}

/** Most messages that one look takes of a state. */
const LOOK_MAX = 10_000;
/** A look starts this much earlier than the one before, because a deployment archives some time after a deletion. */
const OVERLAP_MS = 60_000;

/** Ids that are remembered: a message is printed once, unless this many others came after it. */
const REMEMBERED = 100_000;

/** Messages that are consumed between two looks are seen once they are deleted. */
const STATES = parseStates('ready,deleted');

export const define: Define = (command, on) =>
  void withExamples(
    command,
    'tail orders',
    'tail orders --since 5m --state all',
    "tail orders --format '{id} {body.orderId}'",
  )
    .argument('<queue>')
    .option('--since <time>', 'begin with messages that were sent from then on; now by default')
    .option('--state <states>', `where to look: all, or some of ${STATE_WORDS.join(',')}`, by(parseStates), STATES)
    .option('--every <duration>', 'pause between looks', by(parseDuration), 2_000)
    .option('--format <text>', 'a line for each message, with {id}, {sentAt}, {body}, {body.path}, {attributes.name}')
    .action(
      on(async (shell, name: string, options: TailOptions) => {
        const queue = await shell.queue(name);
        const { since } = options;
        // Without a time, the clock of the server decides.
        const from = since === undefined ? (await queue.show({ signal: shell.signal })).countsAsOf : shell.time(since);
        return await follow(shell, queue, { ...options, since: from });
      }),
    );

async function follow(shell: Shell, queue: Queue, options: TailOptions & { readonly since: string }): Promise<never> {
  const seen = new Set<string>();
  let from = options.since;
  for (;;) {
    const startMs = shell.io.nowMs();
    for (const state of options.state) {
      for await (const message of newMessages(shell, queue, { state, from })) {
        if (seen.has(message.id) || message.sentAt < options.since) continue;
        seen.add(message.id);
        await print(shell, message, options.format);
      }
    }
    for (const id of [...seen].slice(0, Math.max(0, seen.size - REMEMBERED))) seen.delete(id);
    const next = new Date(startMs - OVERLAP_MS).toISOString();
    if (next > from) from = next;
    await shell.io.host.sleep(options.every, shell.signal);
  }
}

/** A bounded look, which tells where it stopped. */
async function* newMessages(
  { out, signal }: Shell,
  queue: Queue,
  { state, from }: { readonly state: SeenMessage['state']; readonly from: string },
): AsyncGenerator<SeenMessage> {
  let count = 0;
  for await (const message of queue.look({ state, from, limit: ITEMS_PER_PAGE_MAX, signal })) {
    yield message;
    count += 1;
    if (count < LOOK_MAX) continue;
    await out.say(`Some messages were skipped: more than ${numberText(LOOK_MAX)} are ${stateText(state)}.`);
    return;
  }
}

async function print({ out }: Shell, message: SeenMessage, format: string | undefined): Promise<void> {
  if (format !== undefined) return await out.body(formatMessage(format, message));
  if (!out.isTerminal) return await out.list([message], MESSAGE_COLUMNS);
  const { colors, show } = out;
  const { sentAt, state, id, body, damage = body } = message;
  await out.line(
    `${colors.dim(show.time(sentAt))}  ${styledState(colors, state)}  ${colors.dim(id)}  ${visibleLine(damage)}`,
  );
}
