import {
  type ErrorCode,
  type NewMessage,
  type Queue,
  RewindMqError,
  SendError,
  type Sent,
} from '../../client/index.ts';
import { EXIT, type ExitCode, exitOf } from '../rules/exit-codes.ts';
import { messagesText } from '../rules/numbers.ts';
import type { Shell } from './shell.ts';

/** Messages that were read and have no outcome yet: a few requests, so that any input fits into memory. */
const UNDER_WAY_MAX = 4_000;
/** Bytes of bodies under way, with which a few large messages fill the requests too. */
const BYTES_UNDER_WAY_MAX = 32 * 1024 * 1024;

interface Sending {
  /** Place in the input, from 1. */
  readonly place: number;
  readonly bytes: number;
  readonly outcome: Promise<Sent>;
}

export interface SendAllOptions {
  /** Messages a second. */
  readonly rate?: number | undefined;
}

/**
 * Sends messages as they are read, in as few requests as their arrival allows, and prints an id for each in their
 * order. A message that fails is reported with its place; the others continue.
 *
 * Three things end the reading: an interrupt, an input that cannot be read, and a request that failed as a whole in all
 * its tries, because the next ones would too. What was read before is sent and reported.
 */
export async function sendAll(
  shell: Shell,
  queue: Queue,
  messages: AsyncIterable<NewMessage>,
  { rate }: SendAllOptions = {},
): Promise<ExitCode> {
  const report = new Report(shell);
  let isRefused = false;
  const send = async (message: NewMessage) => {
    const outcome = await sendOne(queue, message);
    isRefused ||= isOfRequest(outcome);
    return outcome;
  };
  const underWay: Sending[] = [];
  let bytes = 0;
  const finishFirst = async () => {
    const first = underWay.shift();
    if (first === undefined) return;
    await report.add(first.place, await first.outcome);
    bytes -= first.bytes;
  };
  const startMs = shell.io.nowMs();
  let place = 0;
  try {
    for await (const message of messages) {
      if (rate !== undefined) await waitUntil(shell, startMs + (place * 1_000) / rate);
      if (shell.signal.aborted || isRefused) break;
      place += 1;
      bytes += message.body.length;
      underWay.push({ place, bytes: message.body.length, outcome: send(message) });
      while (underWay.length >= UNDER_WAY_MAX || bytes > BYTES_UNDER_WAY_MAX) await finishFirst();
    }
  } catch (error) {
    while (underWay.length > 0) await finishFirst();
    await report.sayCut();
    throw error;
  }
  while (underWay.length > 0) await finishFirst();
  return await report.end();
}

async function waitUntil({ io, signal }: Shell, atMs: number): Promise<void> {
  const ms = atMs - io.nowMs();
  // An interrupt is seen by the caller.
  if (ms > 0) await io.host.sleep(ms, signal).catch(() => {});
}

async function sendOne(queue: Queue, message: NewMessage): Sending['outcome'] {
  try {
    const [id = ''] = await queue.sendMany([message]);
    return { id };
  } catch (error) {
    const [outcome] = error instanceof SendError ? error.outcomes : [];
    if (outcome !== undefined) return outcome;
    if (error instanceof RewindMqError) return { error };
    throw error;
  }
}

/** Whether the whole request failed, not this message alone. */
export const isOfRequest = (outcome: Sent): boolean =>
  'error' in outcome && outcome.error instanceof RewindMqError && outcome.error.field === undefined;

/** Prints outcomes, and counts them. */
class Report {
  readonly #shell: Shell;
  #sent = 0;
  #firstCode: ErrorCode | undefined;
  #failed = 0;
  #lastError: unknown;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  async add(place: number, outcome: Sent): Promise<void> {
    const { out, options } = this.#shell;
    if ('id' in outcome) {
      this.#sent += 1;
      if (out.isJson) await out.json({ place, id: outcome.id });
      else if (options.quiet !== true) await out.line(outcome.id);
      return;
    }
    const { code, message } = outcome.error;
    this.#failed += 1;
    this.#firstCode ??= code;
    if (out.isJson) await out.json({ place, error: { code, message } });
    // The messages of a request that failed share its error.
    if (outcome.error !== this.#lastError) await out.warn(`Message ${place} was not sent: ${message} (${code})`);
    this.#lastError = outcome.error;
  }

  /** Reports how far the command read an input that it could not read to its end. */
  async sayCut(): Promise<void> {
    if (this.#sent > 0) await this.#shell.out.say(`${messagesText(this.#sent)} sent before this failed.`);
  }

  async end(): Promise<ExitCode> {
    const { out, signal } = this.#shell;
    if (signal.aborted) await out.say(`Interrupted: ${messagesText(this.#sent)} sent.`);
    else if (this.#failed > 0) await out.say(`${messagesText(this.#sent)} sent, ${this.#failed} failed.`);
    if (signal.aborted) return EXIT.interrupted;
    if (this.#firstCode === undefined) return EXIT.done;
    return this.#sent > 0 ? EXIT.partial : exitOf(this.#firstCode);
  }
}
