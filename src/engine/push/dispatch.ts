import type { Pushing } from '../service.ts';
import type { DispatchCommand, Dispatched } from './dispatch-command.ts';
import { Dispatcher } from './dispatcher.ts';
import { PartRecord } from './part-record.ts';
import { type Subscribed, subscribedQueue } from './subscribed.ts';

/**
 * Pushes the messages of one queue to its target, until nothing is left to do.
 *
 * One dispatcher a queue works at a time, by the lease record. It leases messages, writes a slot for their call with
 * what the budget then leaves, and calls. It goes to sleep when the queue is empty, and then looks once more. Where
 * wake-ups can be lost, it then notes when the next one is due.
 *
 * Where looks keep it from more calls, it starts others, each for a part of the shards and of the limits. A part ends
 * within a minute, and the queue is divided anew.
 *
 * @remarks Cost: two writes of the lease record around its work; for each call, the claim, two writes of the record,
 * which calls at the same time share, and the delete; one write each four seconds while it waits. A part costs four
 * writes, and its calls none.
 * @see docs/decisions/0066-wake-ups-come-from-the-streams.md
 * @see docs/decisions/0070-one-lease-record-for-a-queue-that-pushes.md
 * @see docs/decisions/0069-parts-of-a-busy-queue.md
 */
export async function dispatch(service: Pushing, command: DispatchCommand): Promise<Dispatched> {
  const lookedAtMs = service.clock.nowMs();
  try {
    const freshMs = command.wakeUp === undefined ? undefined : 0;
    const held = command.end.aborted ? undefined : await subscribedQueue(service, command.queue, freshMs);
    if (held === undefined) return { outcome: 'over', lookedAtMs, settled: Promise.resolve() };
    const part = command.wakeUp?.part;
    return part === undefined
      ? await new Dispatcher(service, command, held).run()
      : await dispatchPart(service, { ...command, part }, held);
  } catch (error) {
    return { outcome: 'failed', error, lookedAtMs, settled: Promise.resolve() };
  }
}

async function dispatchPart(
  service: Pushing,
  command: DispatchCommand & { readonly part: string },
  held: Subscribed,
): Promise<Dispatched> {
  const lookedAtMs = service.clock.nowMs();
  const part = await PartRecord.take(service, held, command.part);
  const own = part?.narrow(held);
  if (part === undefined || own === undefined) return { outcome: 'busy', lookedAtMs, settled: Promise.resolve() };
  const dispatched = await new Dispatcher(service, { ...command, turnEndsMs: part.endsMs }, own, part).run();
  const settled = dispatched.settled.then(() => part.giveBack());
  return { ...dispatched, outcome: dispatched.outcome === 'failed' ? 'failed' : 'over', settled };
}
