import type { EpochMs } from '../../src/model/brand.ts';
import { type Delivery, dueAtMs, locate } from '../../src/model/delivery.ts';
import type { BlockId } from '../../src/model/ids.ts';
import type { Fate } from '../../src/stores/simulated/faults.ts';
import type { SimulatedProcess, StorageStep } from '../../src/stores/simulated/simulated-process.ts';
import type { MessageRecord, Messages } from './messages.ts';

/** Work of one process since it was last idle. */
interface Activity {
  operations: number;
  readonly touched: Set<MessageRecord>;
  /** Leases it has put, except those that should end at once: work after a lease's time is too late. */
  readonly leases: Delivery[];
  /** The process is about to die, or some of its work was slow: further work may be half done or too late. */
  isTroubled: boolean;
}

/**
 * Knows which messages may come twice. The design allows it when a process died inside an operation on them, a storage
 * answer was lost, or an operation was so slow that its lease ran out.
 */
export class Excuses {
  /** Blocks whose put was struck: they may remain without a delivery, or come back. */
  readonly blocks = new Set<BlockId>();
  /** Blocks whose progress was written after the writer had given up: the block may have left meanwhile. */
  readonly lateProgress = new Set<BlockId>();
  readonly #messages: Messages;
  readonly #nowMs: () => EpochMs;
  readonly #apartMs: number;
  /** They are to die of a step whose caller may have gone on without it. */
  readonly #doomed = new Set<SimulatedProcess>();
  readonly #activities = new Map<SimulatedProcess, Activity>();

  /** @param apartMs - how far the clocks of two processes differ at most: a lease may end that much earlier for one */
  constructor(messages: Messages, nowMs: () => EpochMs, apartMs: number) {
    this.#apartMs = apartMs;
    this.#messages = messages;
    this.#nowMs = nowMs;
  }

  has(message: MessageRecord): boolean {
    for (const activity of this.#activities.values()) this.#excuseOutlasted(activity);
    return message.isExcused;
  }

  /** Whether a receive that has leased the message in the queue it was sent to may still answer it. */
  isBeingReceived(message: MessageRecord): boolean {
    return [...this.#activities.values()].some(({ leases }) =>
      leases.some((lease) => {
        const index = this.#messages.of(lease).indexOf(message);
        return index >= 0 && locate(lease, index).part.deadLetteredFrom === undefined;
      }),
    );
  }

  begin(process: SimulatedProcess): void {
    this.#of(process).operations++;
  }

  /** @returns whether the process is now idle. */
  end(process: SimulatedProcess): boolean {
    const activity = this.#of(process);
    this.#excuseOutlasted(activity);
    activity.operations--;
    if (activity.operations > 0) return false;
    this.#activities.delete(process);
    return true;
  }

  onStep(process: SimulatedProcess, step: StorageStep, fate: Fate): void {
    const activity = this.#of(process);
    const touched = touchedBy(step, this.#messages);
    for (const message of touched) activity.touched.add(message);
    const { delivery } = step;
    const isLease = delivery !== undefined && delivery.receiveCount > 0 && dueAtMs(delivery) > this.#nowMs();
    if (isLease) activity.leases.push(delivery);
    if (fate.kind === 'crash') this.#doomed.add(process);
    if (fate.kind === 'slow' || fate.kind === 'crash') activity.isTroubled = true;
    if (activity.isTroubled) excuse(activity.touched);
    // A throttled step after a put leaves messages on both deliveries, until a later step marks them on one.
    if (fate.kind === 'lost' || (fate.kind === 'throttled' && step.delivery === undefined)) excuse(touched);
    if (step.name === 'put block' && fate.kind !== 'answered') this.blocks.add(step.about as BlockId);
    const isLate = fate.kind === 'lost' && (fate.workAfterMs ?? 0) > fate.endAfterMs;
    if (step.name === 'add progress' && isLate) this.lateProgress.add((step.about as [BlockId])[0]);
  }

  #excuseOutlasted({ leases }: Activity): void {
    for (const lease of leases) if (dueAtMs(lease) - this.#apartMs <= this.#nowMs()) excuse(this.#messages.of(lease));
  }

  #of(process: SimulatedProcess): Activity {
    const known = this.#activities.get(process);
    if (known !== undefined) return known;
    const isTroubled = this.#doomed.has(process);
    const activity = { operations: 0, touched: new Set<MessageRecord>(), leases: [], isTroubled };
    this.#activities.set(process, activity);
    return activity;
  }
}

/** Only messages that a step writes are at stake. */
function touchedBy(step: StorageStep, messages: Messages): readonly MessageRecord[] {
  if (step.delivery !== undefined) return messages.of(step.delivery);
  const isWrite = step.name === 'mark' || step.name === 'remove' || step.name === 'add redirect';
  return isWrite && step.key !== undefined ? messages.ofKey(step.key) : [];
}

function excuse(messages: Iterable<MessageRecord>): void {
  for (const message of messages) message.isExcused = true;
}
