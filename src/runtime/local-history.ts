import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { listQueues, type QueueService, type Returned, recentCounts } from '../engine/index.ts';
import type { EpochMs } from '../model/brand.ts';
import { NO_COUNTS, type QueueCounts } from '../model/counts.ts';
import {
  busiest,
  HISTORY_RINGS,
  type HistoryPoint,
  HistoryRings,
  type HistorySpan,
  type HistoryValues,
  type Received,
  stepOf,
  valuesOf,
} from '../model/history.ts';
import type { QueueId } from '../model/ids.ts';
import { RECORDS_PER_LIST_MAX } from '../model/limits.ts';
import { addUsage, type Day, dayOf, NO_USAGE, USAGE_DAYS_KEPT, type Usage } from '../model/usage.ts';
import type { QueueHistory } from '../ports/queue-history.ts';
import { LineRing } from '../stores/directory/line-ring.ts';
import type { Log } from './log.ts';

const MINUTE_MS = HISTORY_RINGS[0].stepMs;
/** Queues counted before calls get their turn. */
const COUNTED_AT_ONCE = 16;
const NOTHING: Received = { received: 0, receivedAgain: 0 };

/** Calls of this server, since it began. */
export type CallCounter = () => Pick<Usage, 'calls' | 'callSeconds'>;

interface Files {
  readonly rings: readonly LineRing[];
  readonly usage: LineRing;
}

/**
 * What queues did and held, noted each minute: the last hour by minutes, a day by five minutes, two weeks by hours, and
 * thirteen months of daily sums. It reads the counts of all queues as a console does, and writes to no shard.
 *
 * @see docs/decisions/0074-history-in-small-rings.md
 */
export class LocalHistory implements QueueHistory {
  readonly #rings = new HistoryRings();
  readonly #usage = new Map<Day, Usage>();
  readonly #received = new Map<QueueId, Received>();
  readonly #log: Log;
  readonly #files: Files | undefined;
  #before = new Map<QueueId, QueueCounts>();
  #beforeMs: EpochMs | undefined;
  #callsBefore: Pick<Usage, 'calls' | 'callSeconds'> = NO_USAGE;
  #service: QueueService | undefined;
  #calls: CallCounter = () => NO_USAGE;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(log: Log, files?: Files) {
    this.#log = log;
    this.#files = files;
  }

  /**
   * Goes on without files where they cannot be opened: a full disk must not keep a server from its messages.
   * @param directory - where the server stores; absent: the history ends with the process
   */
  static async open(directory: string | undefined, log: Log): Promise<LocalHistory> {
    if (directory === undefined) return new LocalHistory(log);
    try {
      return await LocalHistory.#read(directory, log);
    } catch (error) {
      log.error('historyNotKept', error);
      return new LocalHistory(log);
    }
  }

  static async #read(directory: string, log: Log): Promise<LocalHistory> {
    const fileOf = (name: string, kept: number) => LineRing.open(join(directory, 'history', name), kept);
    const opened = await Promise.all(
      HISTORY_RINGS.map(({ stepMs, kept }) => fileOf(`steps-${stepMs / 1_000}s.jsonl`, kept)),
    );
    const days = await fileOf('days.jsonl', USAGE_DAYS_KEPT);
    const history = new LocalHistory(log, { rings: opened.map(({ ring }) => ring), usage: days.ring });
    for (const [ring, { lines }] of opened.entries()) {
      for (const point of lines.flatMap(readPoint)) history.#rings.put({ ring, point });
    }
    for (const line of days.lines) {
      const read = parsed(line) as (Partial<Usage> & { readonly day: Day }) | undefined;
      if (read === undefined) continue;
      const { day, ...usage } = read;
      history.#usage.set(day, { ...NO_USAGE, ...usage });
    }
    return history;
  }

  /** Notes each minute what happens from now on. Resolves when it has counted what there is. */
  begin(service: QueueService, calls: CallCounter): Promise<void> {
    this.#service = service;
    this.#calls = calls;
    this.#callsBefore = calls();
    this.#run(() => this.#countFirst(service));
    this.#schedule(service);
    return this.#working;
  }

  noteReceived({ queueId, messages }: Returned): void {
    const { received, receivedAgain } = this.#received.get(queueId) ?? NOTHING;
    const again = messages.reduce((sum, { receiveCount }) => sum + (receiveCount > 1 ? 1 : 0), 0);
    this.#received.set(queueId, { received: received + messages.length, receivedAgain: receivedAgain + again });
  }

  read(span: HistorySpan): Promise<readonly HistoryPoint[]> {
    return Promise.resolve(this.#service === undefined ? [] : this.#rings.read(span, this.#service.clock.nowMs()));
  }

  usage(): Promise<ReadonlyMap<Day, Usage>> {
    return Promise.resolve(this.#usage);
  }

  /** Notes the minute that is over. @param atMs - when it began */
  async note(atMs: EpochMs): Promise<void> {
    const service = this.#service;
    if (service === undefined) return;
    const received = new Map(this.#received);
    this.#received.clear();
    const queues = new Map<QueueId, HistoryValues>();
    const counted = await countAll(service);
    for (const [id, counts] of counted) {
      // A queue that came back has counts of before; a new one has counted from nothing.
      const isNew = counts.queue.createdAtMs >= (this.#beforeMs ?? Number.POSITIVE_INFINITY);
      const before = this.#before.get(id)?.counts ?? (isNew ? NO_COUNTS : counts.counts);
      queues.set(id, valuesOf(counts, before, received.get(id) ?? NOTHING));
    }
    this.#before = counted;
    this.#beforeMs = service.clock.nowMs();
    const point = { atMs, queues: busiest(queues) };
    for (const added of this.#rings.add(point)) await this.#files?.rings[added.ring]?.append(lineOf(added.point));
    await this.#noteUsage(atMs, [...queues.values()]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  async #countFirst(service: QueueService): Promise<void> {
    this.#before = await countAll(service);
    this.#beforeMs = service.clock.nowMs();
  }

  async #noteUsage(atMs: EpochMs, values: readonly HistoryValues[]): Promise<void> {
    const calls = this.#calls();
    const [sent = 0, received = 0, , deleted = 0] = values.reduce(addValues, []);
    const added: Usage = {
      calls: calls.calls - this.#callsBefore.calls,
      callSeconds: calls.callSeconds - this.#callsBefore.callSeconds,
      sent,
      received,
      deleted,
    };
    this.#callsBefore = calls;
    if (Object.values(added).every((value) => value === 0)) return;
    const day = dayOf(atMs);
    const usage = addUsage(this.#usage.get(day) ?? NO_USAGE, added);
    this.#usage.set(day, usage);
    for (const old of [...this.#usage.keys()].toSorted().slice(0, -USAGE_DAYS_KEPT)) this.#usage.delete(old);
    await this.#files?.usage.append(JSON.stringify({ day, ...usage }));
  }

  #schedule(service: QueueService): void {
    const nowMs = service.clock.nowMs();
    this.#timer = setTimeout(
      () => {
        // The minute of the middle between two ticks: a timer may be early or late.
        this.#run(() => this.note(stepOf(service.clock.nowMs() - MINUTE_MS / 2, MINUTE_MS)));
        this.#schedule(service);
      },
      MINUTE_MS - (nowMs % MINUTE_MS),
    );
  }

  /** One at a time. A minute that cannot be noted is a gap. */
  #run(work: () => Promise<void>): void {
    this.#working = this.#working.then(work).catch((error: unknown) => {
      if (!this.#isClosed) this.#log.error('historyNotNoted', error);
    });
  }
}

async function countAll(service: QueueService): Promise<Map<QueueId, QueueCounts>> {
  const counted = new Map<QueueId, QueueCounts>();
  let after: string | undefined;
  do {
    const page = await listQueues(service, { limit: RECORDS_PER_LIST_MAX, ...(after === undefined ? {} : { after }) });
    for (let start = 0; start < page.queues.length; start += COUNTED_AT_ONCE) {
      const some = page.queues.slice(start, start + COUNTED_AT_ONCE);
      // A queue that was deleted meanwhile, or cannot be asked now, is left out.
      const outcomes = await Promise.allSettled(some.map(({ name }) => recentCounts(service, name)));
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') counted.set(outcome.value.queue.id, outcome.value);
      }
      await setImmediate();
    }
    after = page.next;
  } while (after !== undefined);
  return counted;
}

const addValues = (sum: HistoryValues, values: HistoryValues): HistoryValues =>
  values.map((value, index) => value + (sum[index] ?? 0));

const lineOf = ({ atMs, queues }: HistoryPoint): string => JSON.stringify({ atMs, queues: Object.fromEntries(queues) });

interface StoredPoint {
  readonly atMs: EpochMs;
  readonly queues: Record<QueueId, HistoryValues>;
}

function readPoint(line: string): HistoryPoint[] {
  const read = parsed(line) as StoredPoint | undefined;
  if (read === undefined) return [];
  return [{ atMs: read.atMs, queues: new Map(Object.entries(read.queues) as [QueueId, HistoryValues][]) }];
}

/** `undefined` for a line that a crash cut short. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
