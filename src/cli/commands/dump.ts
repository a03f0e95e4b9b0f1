import type { Queue, SeenMessage } from '../../client/index.ts';
import { ITEMS_PER_PAGE_MAX } from '../../model/limits.ts';
import { by, type Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import type { Shell } from '../frame/shell.ts';
import { CommandFailure, EXIT } from '../rules/exit-codes.ts';
import { messagesText, numberText } from '../rules/numbers.ts';
import { parseStates, STATE_WORDS } from '../rules/states.ts';

interface DumpOptions {
  readonly state: readonly SeenMessage['state'][];
  readonly unsorted?: true;
}

type State = SeenMessage['state'];

/** Characters of messages that are held to sort them. A Node process has room for several times as many. */
const SORTED_MAX = 256 * 1024 * 1024;
const STATES = parseStates('ready,delayed,in-flight');

export const define: Define = (command, on) =>
  void withExamples(command, 'dump orders > orders.jsonl', 'dump orders --state deleted --unsorted | gzip > orders.gz')
    .argument('<queue>')
    .option(
      '--state <states>',
      `all, or some of ${STATE_WORDS.join(',')}; what waits by default`,
      by(parseStates),
      STATES,
    )
    .option(
      '--unsorted',
      'write messages as they are read; by default the first one sent comes first, which takes memory',
    )
    .action(
      on(async (shell, name: string, { state, unsorted }: DumpOptions) => {
        const queue = await shell.queue(name);
        const count = unsorted === true ? await stream(shell, queue, state) : await sorted(shell, queue, state);
        await shell.out.say(`${messagesText(count)} of ${name}.`);
      }),
    );

async function* messagesOf({ signal }: Shell, queue: Queue, states: readonly State[]): AsyncGenerator<SeenMessage> {
  for (const state of states) yield* queue.look({ state, limit: ITEMS_PER_PAGE_MAX, signal });
}

async function stream(shell: Shell, queue: Queue, states: readonly State[]): Promise<number> {
  let count = 0;
  for await (const message of messagesOf(shell, queue, states)) {
    await shell.out.json(message);
    count += 1;
  }
  return count;
}

/** Looks may show a message twice when it changes its state meanwhile. It is written once. */
async function sorted(shell: Shell, queue: Queue, states: readonly State[]): Promise<number> {
  const messages = new Map<string, SeenMessage>();
  let size = 0;
  for await (const message of messagesOf(shell, queue, states)) {
    messages.set(message.id, message);
    size += message.body.length;
    if (size <= SORTED_MAX) continue;
    const limit = `${numberText(SORTED_MAX / 1024 / 1024)} MiB`;
    throw new CommandFailure(
      EXIT.failed,
      `${queue.name} has more than ${limit} of bodies; --unsorted needs no memory.`,
    );
  }
  // Messages of one request have one time, and keep their order.
  const inOrder = [...messages.values()].sort((one, other) =>
    one.sentAt < other.sentAt ? -1 : Number(one.sentAt > other.sentAt),
  );
  for (const message of inOrder) await shell.out.json(message);
  return inOrder.length;
}
