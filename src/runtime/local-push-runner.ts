import { type Dispatched, type QueueService, subscribedQueueNames, waitForWork } from '../engine/index.ts';
import type { PushDestination } from '../model/push/index.ts';
import type { Queue } from '../model/queue.ts';
import type { PushRunner } from '../ports/push-runner.ts';
import type { LocalTargets } from './local-targets.ts';
import type { Log } from './log.ts';
import { pushInTurn } from './push-turn.ts';

/** A dispatcher that failed is started again after this. */
const RETRY_MS = 1_000;
/** How often a long rest looks whether it is to end. */
const REST_LOOK_MS = 1_000;
/** Running calls get this long when the server ends; then their messages stay leased. */
const CLOSE_MS_MAX = 700;

/** Pushes in this process: a dispatcher for each queue that has something to push, and a wait for each that has not. */
export class LocalPushRunner implements PushRunner {
  readonly #targets: LocalTargets;
  readonly #log: Log;
  /** By queue name: ends what the queue's loop does at the moment, so that it reads the subscription again. */
  readonly #loops = new Map<string, AbortController>();
  readonly #unsettled = new Set<Promise<unknown>>();
  #service: QueueService | undefined;
  #isClosed = false;

  constructor(targets: LocalTargets, log: Log) {
    this.#targets = targets;
    this.#log = log;
  }

  /** Goes on with the subscriptions that the server had when it ended. */
  async open(service: QueueService): Promise<void> {
    this.#service = service;
    for await (const name of subscribedQueueNames(service)) this.#start(name);
  }

  refusal(_queueName: string, to: PushDestination): string | undefined {
    return this.#targets.refusal(to);
  }

  start({ name }: Pick<Queue, 'name'>): Promise<void> {
    this.#start(name);
    return Promise.resolve();
  }

  #start(queueName: string): void {
    const loop = this.#loops.get(queueName);
    if (loop !== undefined) loop.abort();
    else if (this.#service !== undefined && !this.#isClosed) void this.#loop(this.#service, queueName);
  }

  /** Begins nothing new, and gives running calls a moment. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const loop of this.#loops.values()) loop.abort();
    const { clock } = this.#service ?? {};
    if (clock !== undefined) await Promise.race([this.#settled(), clock.sleep(CLOSE_MS_MAX)]);
    await this.#targets.close();
  }

  async #settled(): Promise<void> {
    while (this.#unsettled.size > 0) await Promise.all(this.#unsettled);
  }

  async #loop(service: QueueService, queueName: string): Promise<void> {
    for (;;) {
      const end = new AbortController();
      this.#loops.set(queueName, end);
      const turn = this.#turn(service, queueName, end.signal);
      this.#track(turn);
      const isOver = await turn;
      // It may have been started again meanwhile.
      if (this.#isClosed || (isOver && !end.signal.aborted)) break;
    }
    this.#loops.delete(queueName);
  }

  /** One dispatcher, and the wait until there is work for the next. @returns whether the queue pushes no more */
  async #turn(service: QueueService, queue: string, end: AbortSignal): Promise<boolean> {
    const dispatched = await pushInTurn(service, { queue, target: this.#targets, end }, this.#log);
    this.#track(dispatched.settled);
    const { outcome, error } = dispatched;
    if (outcome === 'over') return true;
    if (outcome === 'failed' && !this.#isClosed) this.#log.error('pushFailed', error, { queue });
    await this.#rest(service, queue, { dispatched, end }).catch((failure: unknown) => {
      if (!this.#isClosed) this.#log.error('pushFailed', failure, { queue });
    });
    return false;
  }

  async #rest(
    service: QueueService,
    queue: string,
    { dispatched, end }: { readonly dispatched: Dispatched; readonly end: AbortSignal },
  ): Promise<void> {
    const { outcome, lookedAtMs, restUntilMs } = dispatched;
    const { clock } = service;
    if (outcome === 'asleep' && restUntilMs === undefined) {
      await waitForWork(service, queue, { sinceMs: lookedAtMs, end });
      return;
    }
    const untilMs = restUntilMs ?? clock.nowMs() + RETRY_MS;
    while (!end.aborted && clock.nowMs() < untilMs) {
      await clock.sleep(Math.min(REST_LOOK_MS, untilMs - clock.nowMs()));
    }
  }

  #track(work: Promise<unknown>): void {
    const tracked = work.finally(() => this.#unsettled.delete(tracked));
    this.#unsettled.add(tracked);
  }
}
