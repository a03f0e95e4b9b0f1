import {
  control,
  noteFormat,
  noteWhatWasLost,
  oldestReadyMs,
  type QueueService,
  runRewind,
  runUpkeep,
  unfinishedRewinds,
  wakeDue,
  watchFeeds,
} from '../engine/index.ts';
import type { EpochMs } from '../model/brand.ts';
import type { AwsRuntime } from './aws.ts';
import { METRICS } from './env.ts';
import type { Telemetry } from './telemetry.ts';

type Told = Pick<Telemetry, 'count' | 'measureSeconds'>;
type Minute = Pick<AwsRuntime, 'service' | 'tables'> &
  Partial<Pick<AwsRuntime, 'pushRunner'>> & { readonly telemetry: Told };

/** Prefix under which Lambda stores given-up batches of a stream; the name is Lambda's. */
const GIVEN_UP = 'aws/lambda/';
/** A list costs as much as a put, and given-up batches wait for a person. */
const GIVEN_UP_EVERY_MINUTES = 5;
/** Larger counts are reported as this. */
const GIVEN_UP_MAX = 1_000;
/** A run ends before the next minute begins. */
const CONTROL_MS_MAX = 54_000;

/** The state machine plans a rewind within seconds, and its longest step takes a quarter of an hour. */
const NOT_BEGUN_MS = 120_000;
/** A rewind that began is left when it is older than the longest step. */
const LEFT_MS = 16 * 60_000;

/**
 * A deployment's work of each minute: fits routes to the load, reports how long messages wait and whether the archiver
 * follows the streams, discards what was purged or deleted an hour ago and what is too old, compacts the archive and
 * ends what has been kept long enough, continues rewinds, and wakes dispatchers whose time has come. The next minute
 * continues unfinished work.
 *
 * @throws the first error, once everything else has been tried
 */
export async function everyMinute({ service, telemetry, tables, pushRunner }: Minute): Promise<void> {
  const upkeep = runUpkeep(service);
  const outcomes = await Promise.allSettled([
    controlAtOnce({ service, tables }),
    tellOldest(service, telemetry),
    tellSilence(service, telemetry),
    tellGivenUp(service, telemetry),
    resumeRewinds(service),
    wakeDispatchers(service, pushRunner),
    noteFormat(service.catalog),
  ]);
  const errors: unknown[] = (await upkeep).map(({ error }) => error);
  for (const outcome of outcomes) if (outcome.status === 'rejected') errors.push(outcome.reason);
  if (errors.length > 0) throw errors[0];
}

/** Fits routes to the load, in short rounds while a queue is busy, until the next minute's run takes over. */
export async function controlAtOnce({ service, tables }: Pick<Minute, 'service' | 'tables'>): Promise<void> {
  await control(service, {
    tables,
    untilMs: (service.clock.nowMs() + CONTROL_MS_MAX) as EpochMs,
  });
}

async function tellOldest(service: QueueService, telemetry: Told): Promise<void> {
  telemetry.measureSeconds(METRICS.oldestReadySeconds, (await oldestReadyMs(service)) / 1_000);
}

/** A followed feed reaches its barrier before the next minute. */
async function tellSilence(service: QueueService, telemetry: Told): Promise<void> {
  telemetry.measureSeconds(METRICS.archiverSilentSeconds, (await watchFeeds(service)) / 1_000);
}

/** Every five minutes, because a list costs as much as a put. */
async function tellGivenUp({ objects, clock }: QueueService, telemetry: Told): Promise<void> {
  if (Math.floor(clock.nowMs() / 60_000) % GIVEN_UP_EVERY_MINUTES !== 0) return;
  telemetry.count(METRICS.givenUpBatches, (await objects.list(GIVEN_UP, { limit: GIVEN_UP_MAX })).length);
}

async function wakeDispatchers(service: QueueService, pushRunner: Minute['pushRunner']): Promise<void> {
  if (pushRunner === undefined) return;
  await wakeDue(service, pushRunner.call);
  await noteWhatWasLost(service);
}

/** Resumes rewinds that the state machine did not begin, or left. Two runners at once do no harm, only extra work. */
async function resumeRewinds(service: QueueService): Promise<void> {
  const nowMs = service.clock.nowMs();
  for (const { queueId, id, startedAtMs, objectsTotal, messagesMatched } of await unfinishedRewinds(service)) {
    const isBegun = objectsTotal > 0 || messagesMatched > 0;
    if (nowMs - startedAtMs >= (isBegun ? LEFT_MS : NOT_BEGUN_MS)) await runRewind(service, queueId, id);
  }
}
