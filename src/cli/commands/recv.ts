import type { Queue, ReceivedMessage } from '../../client/index.ts';
import { MESSAGES_PER_RECEIVE_MAX } from '../../model/limits.ts';
import { by, type Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import type { Shell } from '../frame/shell.ts';
import { attributesText } from '../rules/attributes.ts';
import { parseSeconds } from '../rules/durations.ts';
import { EXIT, type ExitCode } from '../rules/exit-codes.ts';
import { messagesText, wholeNumber } from '../rules/numbers.ts';
import { formatMessage } from '../rules/template.ts';
import type { ExecOptions } from './recv/exec.ts';

interface RecvOptions extends ExecOptions {
  readonly wait: number;
  readonly delete?: true;
  readonly exec?: string;
  readonly format?: string;
  readonly follow?: true;
}

/** Received by default: what fits on a screen. */
const MAX = 10;
/** Each command is a process of this machine. */
const CONCURRENCY_MAX = 1_000;
/** Wait of one call. An interrupt waits for the call under way, whose messages it gives back. */
const WAIT_SECONDS_OF_A_CALL = 5;

export const define: Define = (command, on) =>
  void withExamples(
    command,
    'recv orders --max 5 --wait 20s',
    'recv orders --delete --max 1000 > messages.txt',
    "recv orders --exec './handle.sh' --concurrency 4",
  )
    .argument('<queue>')
    .option('--max <number>', `at most this many; ${MAX} by default, without a limit with --exec`, by(wholeNumber(1)))
    .option('--wait <duration>', 'how long to wait for the first message, like 20s', by(parseSeconds), 0)
    .option('--follow', 'go on until an interrupt')
    .option('--visibility <duration>', 'hold messages this long; by default as the queue says', by(parseSeconds))
    .option('--delete', 'delete messages after they were printed')
    .option('--exec <command>', 'run this for each message, with the body on stdin; exit code 0 deletes it')
    .option('--concurrency <number>', 'commands at once', by(wholeNumber(1, CONCURRENCY_MAX)), 1)
    .option('--retry <duration>', 'when a failed message comes again; by default when its lease ends', by(parseSeconds))
    .option('--format <text>', 'a line for each message, with {id}, {sentAt}, {body}, {body.path}, {attributes.name}')
    .action(
      on(async (shell, name: string, options: RecvOptions) => {
        const queue = await shell.queue(name);
        if (options.exec === undefined) return await receive(shell, queue, options);
        const { executeAll } = await import('./recv/exec.ts');
        return await executeAll(shell, queue, options.exec, options);
      }),
    );

/** Receives until there are enough messages, the wait has passed, or an interrupt. */
async function receive(shell: Shell, queue: Queue, options: RecvOptions): Promise<ExitCode> {
  const max = options.max ?? (options.follow ? Number.POSITIVE_INFINITY : MAX);
  let deadlineMs = shell.io.nowMs() + options.wait * 1_000;
  let held: ReceivedMessage[] = [];
  let count = 0;
  let failed = 0;
  try {
    while (count < max && !shell.signal.aborted) {
      const leftMs = options.follow ? Number.POSITIVE_INFINITY : deadlineMs - shell.io.nowMs();
      const messages = await receiveOnce(queue, { max: max - count, waitMs: Math.max(0, leftMs), options });
      held.push(...messages);
      // An interrupt that came meanwhile gives these back.
      if (shell.signal.aborted) break;
      for (const message of messages) await print(shell, message, options);
      count += messages.length;
      if (options.delete === true && messages.length > 0) {
        failed += await deleteAll(shell, queue, messages);
        held = held.filter((one) => !messages.includes(one));
      }
      if (messages.length === 0 && leftMs <= 0) break;
      if (messages.length > 0) deadlineMs = shell.io.nowMs();
    }
  } catch (error) {
    await giveBack(shell, queue, held);
    throw error;
  }
  if (shell.signal.aborted) {
    await giveBack(shell, queue, held);
    return EXIT.interrupted;
  }
  await tell(shell, count, held.length);
  return failed === 0 ? EXIT.done : EXIT.partial;
}

function receiveOnce(
  queue: Queue,
  { max, waitMs, options }: { readonly max: number; readonly waitMs: number; readonly options: RecvOptions },
): Promise<readonly ReceivedMessage[]> {
  const waitSeconds = Math.min(WAIT_SECONDS_OF_A_CALL, Math.ceil(waitMs / 1_000));
  const hold = options.visibility === undefined ? {} : { visibilitySeconds: options.visibility };
  return queue.receive({ max: Math.min(max, MESSAGES_PER_RECEIVE_MAX), waitSeconds, ...hold });
}

async function print({ out }: Shell, message: ReceivedMessage, { format }: RecvOptions): Promise<void> {
  if (format !== undefined) return await out.body(formatMessage(format, message));
  if (out.isJson) return await out.json(message);
  if (out.isTerminal) {
    const attributes = attributesText(message.attributes);
    const told = `${message.id}  sent ${out.show.time(message.sentAt)}  receive ${message.receiveCount}`;
    await out.line(out.colors.dim(out.safe(attributes === '' ? told : `${told}  ${attributes}`)));
  }
  await out.body(message.body);
}

/** Returns how many were not deleted; they come again. */
async function deleteAll({ out }: Shell, queue: Queue, messages: readonly ReceivedMessage[]): Promise<number> {
  const { failed } = await queue.delete(messages.map(({ receipt }) => receipt));
  const ids = new Map(messages.map(({ receipt, id }) => [receipt, id]));
  for (const { receipt, error } of failed) await out.warn(`${ids.get(receipt)} was not deleted: ${error.message}`);
  return failed.length;
}

async function giveBack({ out }: Shell, queue: Queue, held: readonly ReceivedMessage[]): Promise<void> {
  if (held.length === 0) return;
  for (let start = 0; start < held.length; start += MESSAGES_PER_RECEIVE_MAX) {
    const receipts = held.slice(start, start + MESSAGES_PER_RECEIVE_MAX).map(({ receipt }) => receipt);
    await queue.changeVisibility(receipts, 0);
  }
  await out.say(`${messagesText(held.length)} given back.`);
}

async function tell({ out }: Shell, count: number, heldCount: number): Promise<void> {
  if (count === 0) await out.say('No message came.');
  if (heldCount > 0) {
    await out.say(`${messagesText(heldCount)} held until the lease ends, then ready again; --delete deletes them.`);
  }
}
