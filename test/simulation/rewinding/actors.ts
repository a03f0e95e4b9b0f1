import {
  cancelRewind,
  deleteMessages,
  getQueue,
  purgeQueue,
  type QueueService,
  type ReceiveCommand,
  type ReceivedMessage,
  receive,
  runRewind,
  send,
  startRedrive,
  startRewind,
  unfinishedRewinds,
  updateQueue,
} from '../../../src/engine/index.ts';
import { compactHour } from '../../../src/engine/upkeep/compact.ts';
import { discardDue } from '../../../src/engine/upkeep/discard.ts';
import { removeFinishedHolds } from '../../../src/engine/upkeep/finished-holds.ts';
import type { EpochMs } from '../../../src/model/brand.ts';
import { QueueError } from '../../../src/model/errors.ts';
import type { MessageId } from '../../../src/model/ids.ts';
import { type RewindJob, rewindName } from '../../../src/model/rewind.ts';
import type { RewindWorld } from './world.ts';

export const QUEUE = 'orders';
export const DEAD_LETTERS = 'failed';
/** The queue into which some rewinds bring copies. */
export const COPIES = 'copies';
const KINDS = ['plain', 'rare'] as const;
const DAY_MS = 86_400_000;
const VISIBILITY_MS = 15_000;
/** This many rewinders are struck one after the other; the next one is spared, or a world would take for ever. */
const STRUCK_RUNS_MAX = 12;
const RUNS_MAX = 50;

/** The actors of a world of rewinds. */
export class Actors {
  readonly #world: RewindWorld;
  readonly #user: QueueService;
  readonly counts = {
    rewinds: 0,
    refused: 0,
    cancelled: 0,
    copied: 0,
    brought: 0,
    redriven: 0,
    compactions: 0,
    windows: 0,
    fromCopies: 0,
    unknown: 0,
    aside: 0,
  };
  #sent = 0;
  /** When consumers of the queue began to delete: likely starts of a user's rewind. */
  readonly #deletionsMs: EpochMs[] = [];

  constructor(world: RewindWorld) {
    this.#world = world;
    this.#user = world.open('user');
  }

  async produce(requests: number): Promise<void> {
    const { random } = this.#world;
    for (let request = 0; request < requests; request++) {
      const filler = random.pick([5, 60, 150]);
      const kind = random.pick(KINDS);
      const messages = Array.from({ length: random.between(1, 6) }, () => ({
        body: `${this.#sent++} ${random.text(filler)}`,
        attributes: { kind: { type: 'string' as const, value: kind } },
      }));
      for (const { body } of messages) this.#world.witness.bodies.add(body);
      for (const outcome of await send(this.#user, { queue: QUEUE, messages })) {
        if ('id' in outcome) this.#world.witness.kinds.set(outcome.id, kind);
      }
      await this.#world.sleep(random.below(2_000));
    }
  }

  /** A consumer with its own hints; undeleted messages come back, or become dead letters. */
  async consume(rounds: number): Promise<void> {
    const { random } = this.#world;
    const service = this.#world.open('consumer');
    for (let round = 0; round < rounds; round++) {
      const queue = random.pick([QUEUE, QUEUE, QUEUE, QUEUE, DEAD_LETTERS, COPIES]);
      const waitMs = random.pick([0, 2_000]);
      const max = random.between(1, 10);
      const messages = await this.#receive(service, { queue, max, waitMs });
      await this.#world.sleep(random.below(4_000));
      const wanted = messages.filter(() => random.chance(0.7));
      if (wanted.length > 0 && queue === QUEUE) this.#deletionsMs.push(this.#world.nowMs);
      if (wanted.length > 0) await remove(service, queue, wanted);
      await this.#world.sleep(random.below(1_500));
    }
  }

  /** Rewinds some range at some moment. A rewinder dies as often as the world wants, and another continues. */
  async rewind(times: number): Promise<void> {
    const { random } = this.#world;
    for (let time = 0; time < times; time++) {
      await this.#world.sleep(random.below(40_000));
      const job = await this.#start();
      if (job === undefined) continue;
      const runs = [this.#carryOut(job)];
      if (random.chance(0.25)) runs.push(this.#carryOut(job));
      if (random.chance(0.25)) runs.push(this.#cancel(job));
      await Promise.all(runs);
      this.judge(job);
    }
  }

  /** Like the controller each minute: the record of a rewind whose start was refused may exist all the same. */
  async goOn(): Promise<void> {
    for (const job of await unfinishedRewinds(this.#user)) {
      await this.#carryOut(job);
      if (job.redrive === undefined) this.judge(job);
    }
  }

  /** Rewinds everything, without faults. */
  async rewindAll(by: RewindJob['by'], into: string, queue = QUEUE): Promise<RewindJob> {
    const { createdAtMs } = await getQueue(this.#user, queue);
    return await this.#rewindFrom(createdAtMs, { queue, by, into });
  }

  /** Rewinds everything deleted since the moment of some deletion, without faults. */
  async rewindSinceDeletion(): Promise<void> {
    if (this.#deletionsMs.length === 0) return;
    const fromMs = this.#world.random.pick(this.#deletionsMs);
    await this.#rewindFrom(fromMs, { queue: QUEUE, by: 'deletedAt', into: QUEUE });
  }

  async #rewindFrom(
    fromMs: EpochMs,
    what: { readonly queue: string; readonly by: RewindJob['by']; readonly into: string },
  ): Promise<RewindJob> {
    const job = await startRewind(this.#user, { ...what, fromMs });
    await this.#carryOut(job);
    this.judge(job);
    return job;
  }

  /** Compares the messages of a finished rewind with the witness's record. */
  judge({ id, queueId }: RewindJob): void {
    const { witness, world } = this.#world;
    const job = world.records.get('rewind', rewindName(queueId, id))?.value;
    if (job === undefined) throw new Error(`rewind ${id} has no record`);
    const { must, may } = witness.expected(job);
    const brought = new Set(witness.broughtBy(id));
    this.counts.brought += brought.size;
    if (job.targetName === COPIES) this.counts.copied += brought.size;
    if (job.queueId === witness.copiesId) this.counts.fromCopies += brought.size;
    for (const one of brought)
      if (!may.has(one)) witness.violations.push(`rewind ${id} brings ${one}, out of its window`);
    if (job.state === 'cancelled') return;
    this.counts.unknown += witness.judgeOutcome(job, { must, brought });
  }

  async redrive(): Promise<void> {
    await this.#world.sleep(this.#world.random.between(20_000, 90_000));
    try {
      const kind = this.#world.random.chance(0.6) ? this.#world.random.pick(KINDS) : undefined;
      const filter = kind === undefined ? {} : { filter: { attributes: { kind } } };
      const { queueId, id } = await startRedrive(this.#user, { queue: DEAD_LETTERS, ...filter });
      if (kind !== undefined) this.#world.witness.redrivenKinds.set(id, kind);
      await runRewind(this.#user, queueId, id);
      this.counts.redriven +=
        this.#world.world.records.get('rewind', rewindName(queueId, id))?.value.messagesRewound ?? 0;
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
    }
  }

  /** Each value keeps messages for longer than a world lasts, in a class of its own. */
  async changeWindow(times: number): Promise<void> {
    const { random } = this.#world;
    for (let time = 0; time < times; time++) {
      await this.#world.sleep(random.below(40_000));
      const rewindMs = random.pick([3 * DAY_MS, 7 * DAY_MS, 30 * DAY_MS, 'forever'] as const);
      await updateQueue(this.#user, { name: random.pick([QUEUE, COPIES]), settings: { rewindMs } });
      this.counts.windows++;
    }
  }

  async purge(): Promise<void> {
    await this.#world.sleep(this.#world.random.below(60_000));
    await purgeQueue(this.#user, QUEUE);
    this.#world.witness.onPurge(this.#world.nowMs);
  }

  async discard(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      await discardDue(this.#user);
      await this.#world.sleep(this.#world.random.between(1_000, 30_000));
    }
  }

  async compact(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      await this.#world.sleep(this.#world.random.below(40_000));
      await this.compactOnce();
    }
  }

  async compactOnce(): Promise<boolean> {
    let isComplete = true;
    for (const hour of this.#hours()) {
      const isDone = await this.#world.attempt('compactor', (service) => compactHour(service, QUEUE, hour));
      isComplete &&= isDone;
      if (isDone) this.counts.compactions++;
    }
    return isComplete;
  }

  /** The process that removes holds may die as well. */
  async forgetHolds(): Promise<void> {
    await this.#world.sleep(this.#world.random.below(40_000));
    await this.#world.attempt('forgetter', (service) => removeFinishedHolds(service));
  }

  async drainAll(): Promise<MessageId[]> {
    const came: MessageId[] = [];
    for (const queue of [QUEUE, DEAD_LETTERS, COPIES]) came.push(...(await this.drain(queue)));
    return came;
  }

  /** Receives and deletes everything; returns the received messages, with duplicates. */
  async drain(queue: string): Promise<MessageId[]> {
    const came: MessageId[] = [];
    for (let empty = 0; empty < 2; ) {
      const messages = await this.#receive(this.#user, { queue, max: 100, waitMs: 0 });
      came.push(...messages.map(({ id }) => id));
      if (messages.length > 0) await remove(this.#user, queue, messages);
      else if (++empty < 2) await this.#world.sleep(4 * VISIBILITY_MS + 5_000);
    }
    return came;
  }

  async #receive(service: QueueService, command: Pick<ReceiveCommand, 'queue' | 'max' | 'waitMs'>) {
    const messages = await receive(service, { ...command, visibilityMs: VISIBILITY_MS });
    const { bodies, violations } = this.#world.witness;
    for (const { id, body } of messages) if (!bodies.has(body)) violations.push(`${id} came with a body nobody sent`);
    return messages;
  }

  #hours(): string[] {
    const names = this.#world.world.records
      .list('archived', { limit: 10_000 })
      .map(({ name }) => name.split('/')[1] ?? '');
    return [...new Set(names)];
  }

  async #start(): Promise<RewindJob | undefined> {
    const { random, nowMs } = this.#world;
    const queue = random.chance(0.25) ? COPIES : QUEUE;
    const { createdAtMs } = await getQueue(this.#user, QUEUE);
    const fromMs = (random.chance(0.4) ? createdAtMs : createdAtMs + random.below(nowMs - createdAtMs)) as EpochMs;
    const toMs = random.chance(0.3) ? { toMs: (fromMs + 1 + random.below(60_000)) as EpochMs } : {};
    try {
      const by = random.pick(['sentAt', 'deletedAt'] as const);
      const into = random.chance(queue === COPIES ? 0.7 : 0.3) ? COPIES : QUEUE;
      const job = await startRewind(this.#user, { queue, by, fromMs, ...toMs, into });
      this.counts.rewinds++;
      return job;
    } catch (error) {
      if (!(error instanceof QueueError)) throw error;
      this.counts.refused++;
      return undefined;
    }
  }

  async #carryOut({ queueId, id }: RewindJob): Promise<void> {
    for (let run = 0; run < RUNS_MAX; run++) {
      const isSpared = run >= STRUCK_RUNS_MAX;
      await this.#world.attempt('rewinder', (service) => runRewind(service, queueId, id), { isSpared });
      const job = this.#world.world.records.get('rewind', rewindName(queueId, id))?.value;
      if (job?.finishedAtMs !== undefined) return;
      await this.#world.sleep(this.#world.random.below(2_000));
    }
    this.#world.witness.violations.push(`rewind ${id} does not end`);
  }

  async #cancel({ id, queueId }: RewindJob): Promise<void> {
    await this.#world.sleep(this.#world.random.below(3_000));
    const { state } = await cancelRewind(this.#user, queueId === this.#world.witness.copiesId ? COPIES : QUEUE, id);
    if (state === 'cancelled') this.counts.cancelled++;
  }
}

async function remove(service: QueueService, queue: string, messages: readonly ReceivedMessage[]): Promise<void> {
  await deleteMessages(service, { queue, receipts: messages.map(({ receipt }) => receipt) });
}
