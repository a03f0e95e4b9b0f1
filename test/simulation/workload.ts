import { type ReceivedMessage } from '../../src/engine/index.ts';
import { discardDue } from '../../src/engine/upkeep/discard.ts';
import { PURGE_UNDO_MS } from '../../src/model/limits.ts';
import type { NewMessage } from '../../src/model/message.ts';
import type { QueueSettings } from '../../src/model/queue.ts';
import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import { Client } from './client.ts';
import type { Deployment } from './world.ts';

export const QUEUE = 'orders';
export const DEAD_LETTERS = 'failed';
const MIB = 1024 * 1024;
/** Characters of bodies, which take one to six bytes of JSON. */
const FILLINGS = ['x', '"', 'ü', '\n', '\u0001'];
/** Share of the worlds in which a client asks for counts. */
const COUNTED_SHARE = 0.3;
/** Operations of producers and consumers together. */
const STEPS = 50;
const HOUR_MS = PURGE_UNDO_MS;

/** The plan of one world; drawn, so that rare events meet often enough. */
interface Plan {
  /** Receives after which a message is a dead letter; infinite without a dead-letter queue. */
  readonly maxReceives: number;
  /** Bodies of up to 1 MiB, of which not all fit an answer. */
  readonly isLarge: boolean;
  readonly shards: number;
  /** Consumed messages are archived; otherwise their blocks just leave. */
  readonly isArchived: boolean;
  readonly ending: 'none' | 'purge' | 'purge and undo' | 'purge twice' | 'delete' | 'delete and create';
  /** Consumers extend their leases again and again. */
  readonly isHeartbeating: boolean;
  /** A client asks for counts again and again while the others work. */
  readonly isCounted: boolean;
  readonly producers: number;
  readonly consumers: number;
}

/** Users of one queue and its dead-letter queue: producers, consumers, and an operator who purges or deletes. */
export class Workload {
  readonly orders: Client;
  readonly deadLetters: Client;
  readonly plan: Plan;
  readonly #deployment: Deployment;
  readonly #random: SeededRandom;
  /** Messages that consumers keep on long leases, for later. */
  readonly #kept: { readonly client: Client; readonly messages: readonly ReceivedMessage[] }[] = [];
  /** Producers send one small message at a time, so that most claims take one delivery, whole. */
  readonly #isTrickle: boolean;
  readonly #steps: number;
  #stepsLeft: number;
  #sentCount = 0;

  constructor(
    deployment: Deployment,
    random: SeededRandom,
    {
      steps = STEPS,
      isCounted,
      isTrickle = false,
    }: {
      readonly steps?: number | undefined;
      readonly isCounted?: boolean | undefined;
      readonly isTrickle?: boolean | undefined;
    } = {},
  ) {
    const countedByChance = random.chance(COUNTED_SHARE);
    this.#steps = steps;
    this.#stepsLeft = steps;
    this.#deployment = deployment;
    this.#random = random;
    this.#isTrickle = isTrickle;
    this.plan = {
      maxReceives: random.chance(0.5) ? random.between(1, 3) : Number.POSITIVE_INFINITY,
      isLarge: random.chance(0.05),
      shards: random.between(1, 3),
      isArchived: random.chance(0.5),
      ending: random.pick(['none', 'none', 'purge', 'purge and undo', 'purge twice', 'delete', 'delete and create']),
      isHeartbeating: random.chance(0.2),
      isCounted: isCounted ?? countedByChance,
      producers: random.between(1, 2),
      consumers: random.between(1, 4),
    };
    const { maxReceives } = this.plan;
    const deadLetters = Number.isFinite(maxReceives) ? { maxReceives, deadLetters: DEAD_LETTERS } : {};
    this.orders = new Client(deployment, QUEUE, deadLetters);
    this.deadLetters = new Client(deployment, DEAD_LETTERS);
  }

  /** Queues exist before the first fault. */
  async create(): Promise<void> {
    await this.deadLetters.create({});
    await this.orders.create(this.#settings());
  }

  /** Two thirds of the traffic; a purge or a deletion; an hour later the rest, while the discarder works. */
  async run(): Promise<void> {
    const { ending } = this.plan;
    const change = ending === 'none' ? undefined : this.#changeQueue();
    await this.#traffic(ending === 'none' ? 0 : this.#steps / 3);
    await change;
    if (ending === 'none') return;
    await this.#deployment.sleep(HOUR_MS - this.#random.below(30_000));
    await Promise.all([this.#traffic(0), this.#discard(), this.#returnKept()]);
  }

  async #traffic(stepsLeft: number): Promise<void> {
    const { producers, consumers } = this.plan;
    const counting = this.plan.isCounted ? this.#count(stepsLeft) : undefined;
    await Promise.all([
      ...Array.from({ length: producers }, () => this.#produce(stepsLeft)),
      ...Array.from({ length: consumers }, () => this.#consume(stepsLeft)),
    ]);
    await counting;
  }

  async #produce(stepsLeft: number): Promise<void> {
    while (this.#takeStep(stepsLeft)) {
      const count = this.#random.between(1, this.#isTrickle ? 2 : 6);
      await this.orders.send(Array.from({ length: count }, () => this.#message()));
      await this.#pause();
    }
  }

  async #consume(stepsLeft: number): Promise<void> {
    const random = this.#random;
    while (this.#takeStep(stepsLeft)) {
      const client = Number.isFinite(this.plan.maxReceives) && random.chance(0.2) ? this.deadLetters : this.orders;
      if (this.plan.isHeartbeating && random.chance(0.5)) await this.#holdMany(client);
      else {
        const visibilityMs = random.pick([0, 1_500, 6_000, 15_000, 15_000, 40_000, 2 * HOUR_MS]);
        const waitMs = random.pick([0, 0, 2_000]);
        await this.#handle(
          client,
          await client.receive({ max: random.between(1, 10), waitMs, visibilityMs }),
          visibilityMs,
        );
      }
      await this.#pause();
    }
  }

  /** Asks for counts, several at once, until the others have done their steps. */
  async #count(stepsLeft: number): Promise<void> {
    while (this.#stepsLeft > stepsLeft) {
      const client = this.#random.chance(0.2) ? this.deadLetters : this.orders;
      const asked = Array.from({ length: this.#random.between(1, 3) }, () => client.count());
      for (const isExact of await Promise.all(asked)) this.#deployment.count(isExact ? 'exact count' : 'other count');
      await this.#deployment.sleep(this.#random.below(1_000));
    }
  }

  /** How consumers handle their messages; they die, are late, change their minds. */
  async #handle(client: Client, messages: readonly ReceivedMessage[], visibilityMs: number): Promise<void> {
    const random = this.#random;
    if (messages.length === 0 || random.chance(0.12)) return;
    if (visibilityMs > HOUR_MS && random.chance(0.7)) {
      this.#kept.push({ client, messages });
      return;
    }
    if (random.chance(0.2)) await client.changeVisibility(this.#some(messages), random.between(1, 90) * 1_000);
    else if (random.chance(0.15)) await client.changeVisibility(this.#some(messages), random.pick([0, 0, 3_000]));
    if (random.chance(0.1)) return await this.#changeAtTheEnd(client, messages, visibilityMs);
    await this.#deployment.sleep(random.chance(0.2) ? Math.min(visibilityMs * 1.5, 2 * HOUR_MS) : random.below(5_000));
    if (random.chance(0.1)) await client.changeVisibility(this.#some(messages), random.pick([0, 20_000]));
    if (random.chance(0.6)) return await client.delete(messages);
    const some = this.#some(messages);
    await client.delete(some);
    if (random.chance(0.5))
      await client.delete(messages.filter((message) => !some.includes(message) || random.chance(0.1)));
  }

  /** Extends or releases a lease within a few milliseconds of its end. */
  async #changeAtTheEnd(client: Client, messages: readonly ReceivedMessage[], visibilityMs: number): Promise<void> {
    const random = this.#random;
    await this.#deployment.sleep(Math.max(0, Math.min(visibilityMs, HOUR_MS) + random.between(-30, 5)));
    await client.changeVisibility(this.#some(messages), random.pick([0, 0, 1_000, 20_000]));
    if (random.chance(0.5)) await client.delete(this.#some(messages));
  }

  /** Takes messages one by one on short leases and keeps them all by one heartbeat, past the deadline of each. */
  async #holdMany(client: Client): Promise<void> {
    const random = this.#random;
    const held: ReceivedMessage[] = [];
    for (let take = 0; take < 12; take++)
      held.push(...(await client.receive({ max: 1, waitMs: 0, visibilityMs: 6_000 })));
    if (held.length === 0) return;
    await client.changeVisibility(held, 60_000);
    await this.#deployment.sleep(random.between(5_000, 50_000));
    if (random.chance(0.5)) await client.changeVisibility(this.#some(held), random.pick([0, 90_000]));
    await client.delete(held);
  }

  /** Consumers return to their kept messages after a purge or deletion of the queue. */
  async #returnKept(): Promise<void> {
    const random = this.#random;
    for (const { client, messages } of this.#kept) {
      await this.#deployment.sleep(random.below(30_000));
      if (random.chance(0.6))
        await client.changeVisibility(this.#some(messages), random.pick([0, 0, 5_000, 2 * HOUR_MS]));
      if (random.chance(0.3)) await client.delete(this.#some(messages));
    }
  }

  async #changeQueue(): Promise<void> {
    const { ending } = this.plan;
    const random = this.#random;
    await this.#deployment.sleep(random.between(500, 30_000));
    if (ending.startsWith('purge')) await this.orders.purge();
    else await this.orders.deleteQueue();
    await this.#deployment.sleep(random.between(0, 30_000));
    if (ending === 'purge and undo') await this.orders.undoPurge();
    if (ending === 'purge twice') await this.orders.purge();
    if (ending === 'delete and create') await this.orders.create(this.#settings());
  }

  /** The discarder's timer: every few minutes, as long as there can be something to discard. */
  async #discard(): Promise<void> {
    for (let round = 0; round < 6; round++) {
      await this.#deployment.sleep(this.#random.between(1_000, 30_000));
      await this.#deployment.call('discard', discardDue);
    }
  }

  #settings(): Partial<QueueSettings> {
    const { maxReceives, shards } = this.plan;
    return {
      shards: { min: shards, max: shards },
      ...(this.plan.isArchived ? {} : { rewindMs: 0 }),
      ...(Number.isFinite(maxReceives) ? { deadLetter: { queue: DEAD_LETTERS, maxReceives } } : {}),
    };
  }

  #message(): NewMessage {
    const random = this.#random;
    const filler = this.plan.isLarge
      ? this.#largeText()
      : random.text(random.pick(this.#isTrickle ? [1, 5] : [1, 5, 20, 60, 150]));
    const attributes = random.chance(0.2) ? { kind: { type: 'string', value: random.text(4) } as const } : {};
    const delay = random.chance(0.15) ? { delayMs: random.below(20_000) } : {};
    return { body: `${this.#sentCount++} ${filler}`, attributes, ...delay };
  }

  #largeText(): string {
    const filling = this.#random.pick(FILLINGS);
    // As many characters as its bytes allow, in UTF-8.
    const lengthMax = Math.floor((MIB - 100) / Buffer.byteLength(filling));
    return filling.repeat(this.#random.pick([1, 1_000, 100_000, lengthMax / 3, lengthMax]));
  }

  #some(messages: readonly ReceivedMessage[]): ReceivedMessage[] {
    const some = messages.filter(() => this.#random.chance(0.6));
    return some.length === 0 ? messages.slice(0, 1) : some;
  }

  #takeStep(stepsLeft: number): boolean {
    if (this.#stepsLeft <= stepsLeft) return false;
    this.#stepsLeft--;
    return true;
  }

  #pause(): Promise<void> {
    return this.#deployment.sleep(this.#random.chance(0.1) ? this.#random.below(20_000) : this.#random.below(1_500));
  }
}
