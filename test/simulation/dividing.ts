import type { QueueService } from '../../src/engine/index.ts';
import { changeRecord } from '../../src/engine/records/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import { type PushLimits, planPart } from '../../src/model/push/index.ts';
import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';

const PAUSE_MS_MAX = 20_000;
const START_MS_MAX = 5_000;
/** A part that nobody takes ends after this. */
const PART_START_MS = 15_000;

/** Divides a queue at random moments, as its dispatcher does when it is busy. Calls of others are lost and doubled. */
export async function divide(
  service: QueueService,
  queueName: string,
  {
    untilMs,
    limits,
    random,
    help,
  }: {
    readonly untilMs: number;
    readonly limits: PushLimits;
    readonly random: SeededRandom;
    readonly help: (part: string) => Promise<void>;
  },
): Promise<void> {
  const { queue } = await service.routes.get(queueName);
  const shardCount = queue.route.shards.length;
  for (let parts = 0; service.clock.nowMs() < untilMs; parts++) {
    await service.clock.sleep(random.below(PAUSE_MS_MAX));
    const nowMs = service.clock.nowMs();
    const id = `part ${parts}`;
    const part = { id, limits, shardCount, nowMs, untilMs: (nowMs + PART_START_MS) as EpochMs };
    await changeRecord(service, 'pushLease', queue.id, (lease) =>
      lease === undefined ? lease : (planPart(lease, { ...part, epoch: lease.epoch }) ?? lease),
    );
    for (let copies = random.between(0, 2); copies > 0; copies--)
      void service.clock.sleep(random.below(START_MS_MAX)).then(() => help(id));
  }
}
