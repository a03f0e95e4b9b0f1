import {
  control,
  noteFormat,
  oldestReadyMs,
  type QueueService,
  runRewind,
  runUpkeep,
  unfinishedRewinds,
} from '../engine/index.ts';
import type { EpochMs } from '../model/brand.ts';
import type { AwsRuntime } from './aws.ts';
import { METRICS } from './env.ts';
import type { Telemetry } from './telemetry.ts';

type Minute = Pick<AwsRuntime, 'service' | 'telemetry' | 'tables'>;

/** A run ends before the next minute begins. */
const CONTROL_MS_MAX = 54_000;

/** The state machine plans a rewind within seconds, and its longest step takes a quarter of an hour. */
const NOT_BEGUN_MS = 120_000;
const LEFT_MS = 16 * 60_000;

/**
 * What a deployment does each minute: fits routes to the load, tells how long messages wait, discards what was purged
 * or deleted an hour ago and what is too old, compacts the archive
 * and ends what has been kept long enough, and goes on with rewinds. What it does not finish,
 * the next minute goes on with.
 *
 * @throws the first problem, once everything else has been tried
 */
export async function everyMinute({ service, telemetry, tables }: Minute): Promise<void> {
  const upkeep = runUpkeep(service);
  const outcomes = await Promise.allSettled([
    controlAtOnce({ service, telemetry, tables }),
    tellOldest(service, telemetry),
    goOn(service),
    noteFormat(service.catalog),
  ]);
  const errors: unknown[] = (await upkeep).map(({ error }) => error);
  for (const outcome of outcomes) if (outcome.status === 'rejected') errors.push(outcome.reason);
  if (errors.length > 0) throw errors[0];
}

/** Fits routes to the load, in short rounds while a queue is busy, until the next minute's run takes over. */
export async function controlAtOnce({ service, telemetry, tables }: Minute): Promise<void> {
  await control(service, {
    tables,
    untilMs: (service.clock.nowMs() + CONTROL_MS_MAX) as EpochMs,
    onDecision: () => telemetry.count(METRICS.routeChanges, 1),
  });
}

async function tellOldest(service: QueueService, telemetry: Telemetry): Promise<void> {
  telemetry.measureSeconds(METRICS.oldestReadySeconds, (await oldestReadyMs(service)) / 1_000);
}

/** Rewinds that the state machine did not begin, or left: two runners at once would do no harm, only work. */
async function goOn(service: QueueService): Promise<void> {
  const nowMs = service.clock.nowMs();
  for (const { queueId, id, startedAtMs, objectsTotal, messagesMatched } of await unfinishedRewinds(service)) {
    const isBegun = objectsTotal > 0 || messagesMatched > 0;
    if (nowMs - startedAtMs >= (isBegun ? LEFT_MS : NOT_BEGUN_MS)) await runRewind(service, queueId, id);
  }
}
