import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { listQueues, type QueueService, queueCounts } from '../engine/index.ts';
import { ALL_ACTIONS } from '../protocols/rest/actions/index.ts';
import { isConsolePath } from './console-pages.ts';
import type { AnsweredCall } from './http.ts';

/** Queues with metrics of their own; a scrape counts each of them. */
const QUEUES_MAX = 100;
const DURATION_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 20, 30];
const ROUTES: ReadonlySet<string> = new Set(ALL_ACTIONS.map(({ path }) => path));

/** The local server's metrics, in Prometheus form. */
export class ServerMetrics {
  readonly #serviceNow: () => QueueService;
  readonly #registry = new Registry();
  readonly #calls: Counter<'call' | 'status'>;
  readonly #seconds: Histogram<'call'>;

  readonly #messages: Gauge<'queue' | 'state'>;
  readonly #oldest: Gauge<'queue'>;
  #used = { calls: 0, callSeconds: 0 };

  /** @param serviceNow - the service whose queues are measured; a reset of a server in memory replaces it */
  constructor(serviceNow: () => QueueService) {
    this.#serviceNow = serviceNow;
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#calls = new Counter({
      name: 'rewindmq_calls_total',
      help: 'Calls that were answered',
      labelNames: ['call', 'status'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'rewindmq_call_seconds',
      help: 'From the request to the end of the answer, waiting receives included',
      labelNames: ['call'],
      buckets: DURATION_BUCKETS_SECONDS,
      registers,
    });
    this.#messages = new Gauge({
      name: 'rewindmq_messages',
      help: `Messages by queue and state, of the first ${QUEUES_MAX} queues by name`,
      labelNames: ['queue', 'state'],
      registers,
    });
    this.#oldest = new Gauge({
      name: 'rewindmq_oldest_ready_seconds',
      help: 'How long the first message that can be received has been ready',
      labelNames: ['queue'],
      registers,
    });
  }

  /** Calls of the service since the server began, and how long they took. */
  get used(): { readonly calls: number; readonly callSeconds: number } {
    return this.#used;
  }

  note({ method, path, status, ms }: AnsweredCall): void {
    const call = `${method} ${routeOf(path)}`;
    // A deployment serves the files of the console by no function.
    if (!isConsolePath(path)) {
      const { calls, callSeconds } = this.#used;
      this.#used = { calls: calls + 1, callSeconds: callSeconds + ms / 1_000 };
    }
    this.#calls.inc({ call, status });
    this.#seconds.observe({ call }, ms / 1_000);
  }

  /** The text of a scrape. @remarks Cost: that of counting 100 queues */
  async render(): Promise<{ readonly type: string; readonly text: string }> {
    await this.#countQueues();
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  async #countQueues(): Promise<void> {
    this.#messages.reset();
    this.#oldest.reset();
    const { queues } = await listQueues(this.#serviceNow(), { limit: QUEUES_MAX });
    // A scrape leaves out a queue that was deleted meanwhile or cannot be asked now.
    const counted = await Promise.allSettled(queues.map(({ name }) => queueCounts(this.#serviceNow(), name)));
    for (const outcome of counted) {
      if (outcome.status === 'rejected') continue;
      const { queue, counts, oldestReadyAgeMs } = outcome.value;
      for (const [state, count] of Object.entries<number>({ ...counts }))
        this.#messages.set({ queue: queue.name, state }, count);
      this.#oldest.set({ queue: queue.name }, oldestReadyAgeMs / 1_000);
    }
  }
}

/** The path without names of queues and ids, to keep labels few. */
function routeOf(path: string): string {
  const [, first, name, kind, id] = path.split('/');
  if (/^\/+(\d{12}\/+[^/]+\/?)?$/.test(path)) return 'sqs';
  const parts = [first, name && '{name}', kind, id && (kind === 'messages' || kind === 'rewinds' ? '{id}' : id)];
  const route = first === 'queues' ? `/${parts.filter(Boolean).join('/')}` : path;
  return ROUTES.has(route) ? route : 'other';
}
