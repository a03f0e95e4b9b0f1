import { SeededRandom } from '../src/stores/simulated/seeded-random.ts';
import { type BodySource, logLines, ordersOf, recordsOf } from './bodies.ts';

/** The life of messages: how many are sent at once, how many are received at once, and whether deleted together. */
export interface Workload {
  readonly name: string;
  readonly sendSize: number;
  readonly receiveSize: number;
  readonly isDeletedSingly?: boolean;
  readonly messageCount: number;
  readonly bodies: () => BodySource;
}

/** A queue under a workload, whatever its implementation. */
export interface WorkloadQueue {
  /** Sends messages in one request. */
  send(bodies: readonly string[]): Promise<void>;
  /** Receives in one request, without waiting; returns the receipts. */
  receive(max: number): Promise<readonly string[]>;
  /** Deletes in one request. */
  delete(receipts: readonly string[]): Promise<void>;
}

const SEED = 20_261_122;
const MESSAGES = 2_000;
/** Single messages all behave the same. */
const SINGLE_MESSAGES = 400;
/** Messages sent before the consumer polls until nothing is left. */
const ROUND_MESSAGES = 200;
const CONCURRENT_SENDS = 16;

/** The workloads of the design's stated costs; log lines may be real ones. */
export function workloads(logs?: readonly string[]): readonly Workload[] {
  const small = { messageCount: MESSAGES, bodies: () => recordsOf(100, new SeededRandom(SEED)) };
  const large = { messageCount: MESSAGES, bodies: () => ordersOf(1_024, new SeededRandom(SEED)) };
  const lines =
    logs === undefined
      ? { messageCount: MESSAGES, bodies: () => logLines(new SeededRandom(SEED)) }
      : { messageCount: Math.max(MESSAGES, logs.length), bodies: () => repeated(logs) };
  return [
    { name: '100B-1x1', sendSize: 1, receiveSize: 1, ...small, messageCount: SINGLE_MESSAGES },
    { name: '100B-1x10', sendSize: 1, receiveSize: 10, ...small },
    { name: '100B-10x10', sendSize: 10, receiveSize: 10, ...small },
    { name: '100B-10x10-single-deletes', sendSize: 10, receiveSize: 10, isDeletedSingly: true, ...small },
    { name: '1KB-10x10', sendSize: 10, receiveSize: 10, ...large },
    { name: 'log-100x100', sendSize: 100, receiveSize: 100, ...lines },
    { name: 'log-1000x100', sendSize: 1_000, receiveSize: 100, ...lines },
  ];
}

function repeated(lines: readonly string[]): BodySource {
  let position = 0;
  return { next: () => lines[position++ % lines.length] ?? '' };
}

/**
 * Lets the messages of a workload live, in rounds of {@link ROUND_MESSAGES} or one request, whichever is more.
 * @throws Error when a message was not received exactly once
 */
export async function live({ bodies, ...workload }: Workload, queue: WorkloadQueue): Promise<void> {
  const source = bodies();
  const roundSize = Math.max(ROUND_MESSAGES, workload.sendSize);
  for (let sent = 0; sent < workload.messageCount; sent += roundSize) {
    const count = Math.min(roundSize, workload.messageCount - sent);
    const round = Array.from({ length: count }, () => source.next());
    await sendAll(queue, inRequests(round, workload.sendSize));
    const received = await drain(queue, workload);
    if (received !== count) throw new Error(`${count} messages were sent and ${received} received`);
  }
}

async function sendAll(queue: WorkloadQueue, requests: readonly string[][]): Promise<void> {
  const waiting = requests[Symbol.iterator]();
  const producer = async () => {
    for (const request of waiting) await queue.send(request);
  };
  await Promise.all(Array.from({ length: CONCURRENT_SENDS }, producer));
}

/** One consumer: receives and deletes until an answer is empty, which counts as well. */
async function drain(
  queue: WorkloadQueue,
  { receiveSize, isDeletedSingly = false }: Pick<Workload, 'receiveSize' | 'isDeletedSingly'>,
): Promise<number> {
  let count = 0;
  for (;;) {
    const receipts = await queue.receive(receiveSize);
    if (receipts.length === 0) return count;
    for (const request of inRequests(receipts, isDeletedSingly ? 1 : receipts.length)) await queue.delete(request);
    count += receipts.length;
  }
}

function inRequests<One>(all: readonly One[], size: number): One[][] {
  const starts = Array.from({ length: Math.ceil(all.length / size) }, (_, number) => number * size);
  return starts.map((start) => all.slice(start, start + size));
}
