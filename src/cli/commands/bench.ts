import { type Queue, type ReceivedMessage, worker } from '../../client/index.ts';
import { by, type Define } from '../frame/command.ts';
import { withExamples } from '../frame/options.ts';
import type { Column } from '../frame/output.ts';
import type { Shell } from '../frame/shell.ts';
import { EXIT, WrongUse } from '../rules/exit-codes.ts';
import { messagesText, wholeNumber } from '../rules/numbers.ts';
import { percentile } from '../rules/percentiles.ts';

interface BenchOptions {
  readonly messages: number;
  readonly bytes: number;
  readonly rate?: number;
  readonly consumers: number;
  readonly production?: true;
}

interface Result {
  readonly messages: number;
  readonly bytes: number;
  readonly sentPerSecond: number;
  readonly receivedPerSecond: number;
  /** Milliseconds from a send to its receive. */
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly lost: number;
  readonly duplicates: number;
}

/** Each message in work is remembered, to find lost and doubled ones. */
const MESSAGES_MAX = 1_000_000;
/** A message has a mebibyte with its attributes; a body of a million bytes leaves room for them. */
const BYTES_MAX = 1_000_000;
/** More connections would measure the client. */
const CONSUMERS_MAX = 64;
/** Messages a second: more than one process sends. */
const RATE_MAX = 1_000_000;
/** If a receive finds nothing for this long after the last send, the missing messages are lost. */
const PATIENCE_MS = 30_000;
/** A short wait, so that the end is noticed soon. */
const WAIT_SECONDS = 1;
/** Messages that are handled at once. The handler does nothing, so it is never the bottleneck. */
const IN_WORK = 1_000;

const number = (title: string, of: (result: Result) => number): Column<Result> => ({
  title,
  value: (result, show) => show.number(of(result)),
});

const COLUMNS: readonly Column<Result>[] = [
  number('messages', ({ messages }) => messages),
  number('bytes each', ({ bytes }) => bytes),
  number('sent a second', ({ sentPerSecond }) => sentPerSecond),
  number('received a second', ({ receivedPerSecond }) => receivedPerSecond),
  number('p50 ms', ({ p50Ms }) => p50Ms),
  number('p90 ms', ({ p90Ms }) => p90Ms),
  number('p99 ms', ({ p99Ms }) => p99Ms),
  number('lost', ({ lost }) => lost),
  number('duplicates', ({ duplicates }) => duplicates),
];

export const define: Define = (command, on) =>
  void withExamples(command, 'bench', 'bench --messages 100000 --rate 2000 --bytes 1024')
    .option('--messages <number>', 'how many to send', by(wholeNumber(1, MESSAGES_MAX)), 10_000)
    .option('--bytes <number>', 'size of a body', by(wholeNumber(1, BYTES_MAX)), 256)
    .option('--rate <number>', 'at most this many messages a second', by(wholeNumber(1, RATE_MAX)))
    .option('--consumers <number>', 'receives at once', by(wholeNumber(1, CONSUMERS_MAX)), 2)
    .option('--production', 'even in a production context, where it takes capacity from others')
    .action(
      on(async (shell, options: BenchOptions) => {
        const { context, isProduction } = shell.place;
        if (isProduction && options.production !== true)
          throw new WrongUse(`${context} is production: add --production.`);
        const queue = await shell.queue(`bench-${shell.io.nowMs().toString(36)}`);
        await queue.create();
        await shell.out.say(`Sending ${messagesText(options.messages)} through a queue of its own, ${queue.name} …`);
        try {
          const result = await measure(shell, queue, options);
          await shell.out.record(result, COLUMNS);
          if (shell.signal.aborted) return EXIT.interrupted;
          return result.lost === 0 ? EXIT.done : EXIT.failed;
        } finally {
          await queue.deleteQueue();
        }
      }),
    );

interface Arrivals {
  readonly seen: Set<string>;
  readonly latenciesMs: number[];
  duplicates: number;
  lastMs: number;
}

async function measure(shell: Shell, queue: Queue, options: BenchOptions): Promise<Result> {
  const { io, signal } = shell;
  const startMs = io.nowMs();
  const arrivals: Arrivals = { seen: new Set(), latenciesMs: [], duplicates: 0, lastMs: startMs };
  const consumers = Array.from({ length: options.consumers }, () => consumer(shell, queue, arrivals));
  const { sent, endMs } = await sendAll(shell, queue, options);
  arrivals.lastMs = Math.max(arrivals.lastMs, endMs);
  while (arrivals.seen.size < sent && io.nowMs() - arrivals.lastMs < PATIENCE_MS && !signal.aborted) {
    await io.host.sleep(10, signal).catch(() => {});
  }
  for (const one of consumers) void one.stop();
  await Promise.all(consumers.map(({ done }) => done));
  const sorted = Float64Array.from(arrivals.latenciesMs).sort();
  const latencies = Array.from(sorted);
  const perSecond = (count: number, untilMs: number) => Math.round(count / (Math.max(1, untilMs - startMs) / 1_000));
  return {
    messages: sent,
    bytes: options.bytes,
    sentPerSecond: perSecond(sent, endMs),
    receivedPerSecond: perSecond(arrivals.seen.size, arrivals.lastMs),
    p50Ms: percentile(latencies, 50),
    p90Ms: percentile(latencies, 90),
    p99Ms: percentile(latencies, 99),
    lost: sent - arrivals.seen.size,
    duplicates: arrivals.duplicates,
  };
}

function consumer({ io, out }: Shell, queue: Queue, arrivals: Arrivals) {
  const handle = async ({ id, body }: ReceivedMessage) => {
    arrivals.lastMs = io.nowMs();
    if (arrivals.seen.has(id)) arrivals.duplicates += 1;
    else arrivals.latenciesMs.push(arrivals.lastMs - Number(body.split(' ', 1)[0]));
    arrivals.seen.add(id);
  };
  return worker(queue, handle, {
    concurrency: IN_WORK,
    waitSeconds: WAIT_SECONDS,
    onError: (error) => void out.warn(String(error)),
  });
}

/** Messages that are under way at once: a few requests. */
const UNDER_WAY_MAX = 2_000;

async function sendAll(
  { io, signal }: Shell,
  queue: Queue,
  { messages, bytes, rate }: BenchOptions,
): Promise<{ readonly sent: number; readonly endMs: number }> {
  const startMs = io.nowMs();
  const underWay: Promise<unknown>[] = [];
  let sent = 0;
  for (; sent < messages && !signal.aborted; sent += 1) {
    const waitMs = rate === undefined ? 0 : startMs + (sent * 1_000) / rate - io.nowMs();
    if (waitMs > 0) await io.host.sleep(waitMs, signal).catch(() => {});
    underWay.push(queue.sendMany([`${io.nowMs()} `.padEnd(bytes, 'x')]));
    if (underWay.length >= UNDER_WAY_MAX) await underWay.shift();
  }
  await Promise.all(underWay);
  return { sent, endMs: io.nowMs() };
}
