import { type Queue, type ReceivedMessage, RewindMqError, worker } from '../../../client/index.ts';
import type { Shell } from '../../frame/shell.ts';
import { EXIT, type ExitCode } from '../../rules/exit-codes.ts';
import { messagesText } from '../../rules/numbers.ts';

export interface ExecOptions {
  readonly max?: number;
  readonly visibility?: number;
  readonly concurrency: number;
  /** Seconds. */
  readonly retry?: number;
}

/** A short wait: an interrupt lets the receive under way end, and gives its messages back. */
const WAIT_SECONDS = 5;

/** A message that is not handled, because it came after the last one that was wanted. */
class NotWanted extends Error {}

/**
 * Runs a command for each message, and renews its lease meanwhile. Exit code 0 deletes the message. Ends after `max`
 * messages, or at an interrupt when the commands that run have ended; a second interrupt ends them.
 */
export async function executeAll(shell: Shell, queue: Queue, command: string, options: ExecOptions): Promise<ExitCode> {
  const { out, signal } = shell;
  const { max = Number.POSITIVE_INFINITY, visibility, concurrency } = options;
  const counts = { begun: 0, done: 0, failed: 0 };
  const handle = async (message: ReceivedMessage, lost: AbortSignal) => {
    if (counts.begun >= max || signal.aborted) {
      await queue.changeVisibility([message.receipt], 0);
      throw new NotWanted();
    }
    counts.begun += 1;
    if (counts.begun === max) void working.stop();
    await execute(shell, { queue, command, message, lost, retry: options.retry }).then(
      () => (counts.done += 1),
      (error: unknown) => {
        counts.failed += 1;
        throw error;
      },
    );
  };
  const working = worker(queue, (message, context) => handle(message, context.signal), {
    concurrency: Math.min(concurrency, max),
    waitSeconds: WAIT_SECONDS,
    ...(visibility === undefined ? {} : { visibilitySeconds: visibility }),
    onError: (error) => {
      if (!(error instanceof NotWanted)) void out.warn(reasonOf(error));
    },
  });
  const stop = () => {
    void working.stop();
    void out.say('Waiting for the commands that run; a second interrupt ends them.');
  };
  signal.addEventListener('abort', stop, { once: true });
  await working.done;
  signal.removeEventListener('abort', stop);
  await out.say(`${messagesText(counts.done)} done, ${counts.failed} failed.`);
  if (signal.aborted) return EXIT.interrupted;
  return counts.failed === 0 ? EXIT.done : EXIT.partial;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface Execution {
  readonly queue: Queue;
  readonly command: string;
  readonly message: ReceivedMessage;
  /** Aborts when another consumer got the message. */
  readonly lost: AbortSignal;
  readonly retry: number | undefined;
}

/** @throws Error when the command failed: the message comes again, at once after an interrupt */
async function execute(shell: Shell, { queue, command, message, lost, retry }: Execution): Promise<void> {
  const code = await shell.io.run(command, {
    input: message.body,
    environment: environmentOf(queue.name, message),
    signal: AbortSignal.any([lost, shell.interrupts.second]),
  });
  if (code === 0) return;
  const seconds = shell.signal.aborted ? 0 : retry;
  if (seconds !== undefined) await queue.changeVisibility([message.receipt], seconds).catch(giveUp);
  throw new Error(`${message.id}: the command ended with ${code}`);
}

/** The lease ends by itself. */
function giveUp(error: unknown): void {
  if (!(error instanceof RewindMqError)) throw error;
}

function environmentOf(
  queue: string,
  { id, sentAt, receiveCount, attributes }: ReceivedMessage,
): Record<string, string> {
  return {
    REWINDMQ_QUEUE: queue,
    REWINDMQ_ID: id,
    REWINDMQ_SENT_AT: sentAt,
    REWINDMQ_RECEIVE_COUNT: String(receiveCount),
    REWINDMQ_ATTRIBUTES: JSON.stringify(attributes),
  };
}
