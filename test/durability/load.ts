import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import type { Witness } from './witness.ts';

/** Queues of one shard and of several. */
const QUEUES = ['one-shard', 'four-shards'] as const;
const SHARDS_OF = { 'one-shard': 1, 'four-shards': 4 };
const VISIBILITY_SECONDS = 2;
const DELAY_SECONDS_MAX = 2;
/** Producers wait while so many messages are neither deleted nor lost. */
const OPEN_MAX = 4_000;
const PAUSE_MS = 20;

interface Received {
  readonly messages: readonly { readonly body: string; readonly receipt: string }[];
}

/** Producers and consumers of one server, until it no longer answers. */
export class Load {
  readonly #witness: Witness;
  readonly #random: SeededRandom;
  #sendCount = 0;
  #url = '';
  #isOver = false;

  constructor(witness: Witness, random: SeededRandom) {
    this.#witness = witness;
    this.#random = random;
  }

  async makeQueues(url: string): Promise<void> {
    for (const name of QUEUES) {
      const shards = { min: SHARDS_OF[name], max: SHARDS_OF[name] };
      await this.#call('PUT', `${url}/queues/${name}`, { visibilitySeconds: VISIBILITY_SECONDS, shards });
    }
  }

  /** Goes on until {@link end} or until the server is gone. */
  async run(url: string, workers: number): Promise<void> {
    this.#url = url;
    this.#isOver = false;
    const each = (work: () => Promise<void>) => Array.from({ length: workers }, () => this.#repeat(work));
    await Promise.all([...each(() => this.#produce()), ...each(() => this.#consume())]);
  }

  /** The server is killed now: what fails from here on fails because of that. */
  end(): void {
    this.#isOver = true;
  }

  /** Receives and deletes all there is, from every queue, until none answered anything for a whole lease. */
  async drain(url: string): Promise<number> {
    this.#url = url;
    const counts = await Promise.all(
      QUEUES.map(async (queue) => {
        let count = 0;
        for (;;) {
          const found = await this.#receive(queue, 1_000, VISIBILITY_SECONDS + DELAY_SECONDS_MAX + 1);
          if (found.messages.length === 0) return count;
          await this.#delete(queue, found.messages);
          count += found.messages.length;
        }
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async #repeat(work: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      try {
        await work();
      } catch (error) {
        // Nobody answers a request at the moment of a kill; before it, each has an answer.
        if (!this.#isOver) this.#witness.complain(`a call failed: ${String(error)}`);
        return;
      }
    }
  }

  async #produce(): Promise<void> {
    if (this.#witness.openCount > OPEN_MAX) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const count = this.#random.pick([1, 1, 1, 10, 10, 100]);
    const bodies = Array.from({ length: count }, () => this.#nextBody());
    const delaySeconds = this.#random.chance(0.1) ? this.#random.between(1, DELAY_SECONDS_MAX) : 0;
    this.#witness.sending(bodies);
    const messages = bodies.map((body) => ({ body, delaySeconds }));
    await this.#call('POST', `${this.#url}/queues/${this.#random.pick(QUEUES)}/messages`, { messages });
    this.#witness.sent(bodies);
  }

  /** Mostly small; some take a block of their own, and a few an object. The text does not compress. */
  #nextBody(): string {
    const length = this.#random.chance(0.02) ? 30_000 : this.#random.chance(0.05) ? 2_000 : 60;
    return `${++this.#sendCount} ${this.#random.text(length)}`;
  }

  async #consume(): Promise<void> {
    const queue = this.#random.pick(QUEUES);
    const { messages } = await this.#receive(queue, this.#random.pick([1, 10, 100]), 0);
    if (messages.length === 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const kept = messages.filter(() => this.#random.chance(0.1));
    const done = messages.filter((message) => !kept.includes(message));
    if (this.#random.chance(0.5) && kept.length > 0) {
      const receipts = kept.map(({ receipt }) => receipt);
      const body = { receipts, visibilitySeconds: 0 };
      await this.#call('POST', `${this.#url}/queues/${queue}/visibility`, body);
    }
    if (done.length > 0) await this.#delete(queue, done);
  }

  async #receive(queue: string, max: number, waitSeconds: number): Promise<Received> {
    const askedAtMs = performance.now();
    const path = `${this.#url}/queues/${queue}/receive`;
    const answer = (await this.#call('POST', path, { max, waitSeconds })) as Received;
    this.#witness.received(
      answer.messages.map(({ body }) => body),
      askedAtMs,
    );
    return answer;
  }

  async #delete(queue: string, messages: Received['messages']): Promise<void> {
    this.#witness.deleting(messages.map(({ body }) => body));
    const receipts = messages.map(({ receipt }) => receipt);
    const answer = await this.#call('POST', `${this.#url}/queues/${queue}/delete`, { receipts });
    const failed = new Set((answer as { failed: { receipt: string }[] }).failed.map(({ receipt }) => receipt));
    const deleted = messages.filter(({ receipt }) => !failed.has(receipt));
    this.#witness.deleted(
      deleted.map(({ body }) => body),
      performance.now(),
    );
  }

  async #call(method: string, url: string, body: object): Promise<unknown> {
    const answer = await fetch(url, { method, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }
}
