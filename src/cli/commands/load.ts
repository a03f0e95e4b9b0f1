import { type ErrorCode, type NewMessage, type Queue, type RewindMqError, SendError } from '../../client/index.ts';
import { MESSAGES_PER_BLOCK_MAX } from '../../model/limits.ts';
import { by, type Define } from '../frame/command.ts';
import { inputOf } from '../frame/input.ts';
import { withExamples } from '../frame/options.ts';
import { isOfRequest } from '../frame/send-all.ts';
import type { Shell } from '../frame/shell.ts';
import { EXIT, type ExitCode, exitOf } from '../rules/exit-codes.ts';
import { parseDumpedMessage } from '../rules/json-messages.ts';
import { linesOf } from '../rules/lines.ts';
import { messagesText, wholeNumber } from '../rules/numbers.ts';

interface LoadOptions {
  readonly file?: string;
  readonly skip: number;
}

/** Messages of one request, so that requests can follow each other in the order of the lines. */
interface Batch {
  /** The number of the first line. */
  readonly first: number;
  readonly messages: readonly NewMessage[];
}

/** As many as the server keeps in their order: it splits a larger request, and its parts have the same time. */
const MESSAGES_PER_BATCH = MESSAGES_PER_BLOCK_MAX;
/** Bytes of JSON: less than the limit of a request, with room for its frame. */
const BYTES_PER_BATCH = 3_500_000;

export const define: Define = (command, on) =>
  void withExamples(command, 'load orders-again < orders.jsonl', 'dump orders | rewindmq load orders --context other')
    .argument('<queue>')
    .option('--file <path>', 'read this file in place of stdin')
    .option('--skip <lines>', 'leave out this many lines, to go on after an interrupt', by(wholeNumber(0)), 0)
    .action(
      on(async (shell, name: string, { file, skip }: LoadOptions) => {
        const queue = await shell.queue(name);
        const report = { sent: 0, failed: 0, next: skip, code: undefined as ErrorCode | undefined };
        try {
          for await (const batch of batchesOf(messagesOf(shell, file), skip)) {
            // What was read is sent before an interrupt ends the command.
            await sendInOrder(shell, queue, { batch, report });
            if (shell.signal.aborted) break;
          }
        } catch (error) {
          await shell.out.say(
            `${messagesText(report.sent)} loaded before this failed. To go on: --skip ${report.next}`,
          );
          throw error;
        }
        return await finish(shell, report);
      }),
    );

async function* messagesOf(shell: Shell, file: string | undefined): AsyncGenerator<NewMessage> {
  let number = 0;
  for await (const line of linesOf(await inputOf(shell, file))) {
    number += 1;
    yield parseDumpedMessage(line, number, shell.io.nowMs());
  }
}

async function* batchesOf(messages: AsyncIterable<NewMessage>, skip: number): AsyncGenerator<Batch> {
  let batch: NewMessage[] = [];
  let first = skip + 1;
  let bytes = 0;
  let number = 0;
  for await (const message of messages) {
    number += 1;
    if (number <= skip) continue;
    const size = Buffer.byteLength(JSON.stringify(message)) + 1;
    if (batch.length > 0 && (batch.length === MESSAGES_PER_BATCH || bytes + size > BYTES_PER_BATCH)) {
      yield { first, messages: batch };
      first += batch.length;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += size;
  }
  if (batch.length > 0) yield { first, messages: batch };
}

interface Report {
  sent: number;
  failed: number;
  /** Lines that have an outcome, those before `--skip` included. */
  next: number;
  /** Of the first message that failed. */
  code: ErrorCode | undefined;
}

async function sendInOrder(
  { out }: Shell,
  queue: Queue,
  { batch: { first, messages }, report }: { readonly batch: Batch; readonly report: Report },
): Promise<void> {
  try {
    await queue.sendMany(messages);
    report.sent += messages.length;
  } catch (error) {
    if (!(error instanceof SendError)) throw error;
    const whole = error.outcomes.find(isOfRequest);
    if (whole !== undefined && 'error' in whole) throw whole.error as RewindMqError;
    for (const [index, outcome] of error.outcomes.entries()) {
      if ('id' in outcome) {
        report.sent += 1;
        continue;
      }
      report.failed += 1;
      report.code ??= outcome.error.code;
      await out.warn(`Line ${first + index} was not loaded: ${outcome.error.message} (${outcome.error.code})`);
    }
  }
  report.next = first - 1 + messages.length;
}

async function finish({ out, signal }: Shell, { sent, failed, next, code }: Report): Promise<ExitCode> {
  if (out.isJson) await out.json({ sent, failed });
  await out.say(`${messagesText(sent)} loaded${failed === 0 ? '' : `, ${failed} failed`}.`);
  if (signal.aborted) {
    await out.say(`To go on: --skip ${next}`);
    return EXIT.interrupted;
  }
  if (code === undefined) return EXIT.done;
  return sent > 0 ? EXIT.partial : exitOf(code);
}
