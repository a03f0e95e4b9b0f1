import type { Used } from '../lib/cost/measured.ts';
import { archive, createQueue, deleteMessages, receive, runUpkeep, send } from '../src/engine/index.ts';
import { combine } from './idle.ts';
import { meter } from './meter.ts';
import { openQuiet, type QuietDeployment } from './quiet-deployment.ts';

const QUEUE = 'trickle';
const HOUR_MS = 3_600_000;
const EVERY_MS = 3_000;
const MESSAGES = HOUR_MS / EVERY_MS;
const BODY = 'x'.repeat(100);
const WAIT_MS = 20_000;
/** The work of the consumer on a message. */
const WORK_MS = 100;
/** The batching window of the archiver's trigger, which begins with a change. */
const WINDOW_MS = 1_000;
const RECORDS_PER_BATCH_MAX = 1_000;
/** Until then the hour's archive objects are compacted, and those that were replaced are gone. */
const UPKEEP_HOURS = 4;

/**
 * Meters the cost of messages that come alone: one every 3 seconds for an hour, in virtual time, to a consumer that
 * always waits; and the upkeep of what that hour left.
 */
export async function meterTrickle(deployment: QuietDeployment): Promise<Used & { readonly runs: number }> {
  const { service, changes, clock } = openQuiet(deployment);
  await createQueue(service, { name: QUEUE, settings: {} });
  const metered = meter(deployment.tables.client, deployment.objects);
  let runs = 0;
  changes.onFirst = () =>
    clock.schedule(WINDOW_MS, async () => {
      await archive(service, changes.take(RECORDS_PER_BATCH_MAX));
      runs++;
    });
  for (let number = 1; number <= MESSAGES; number++) {
    clock.schedule(number * EVERY_MS, async () => {
      await send(service, { queue: QUEUE, messages: [{ body: BODY, attributes: {} }] });
    });
  }
  for (let received = 0; received < MESSAGES; ) {
    const messages = await receive(service, { queue: QUEUE, max: 10, waitMs: WAIT_MS });
    await clock.sleep(WORK_MS);
    await deleteMessages(service, { queue: QUEUE, receipts: messages.map(({ receipt }) => receipt) });
    received += messages.length;
  }
  for (let hour = 0; hour < UPKEEP_HOURS; hour++) {
    await clock.sleep(HOUR_MS);
    await runUpkeep(service);
  }
  const used = metered.snapshot();
  return { ...combine(used, used, (all) => all / MESSAGES), runs: runs / MESSAGES };
}
