import type { Used } from '../lib/cost/measured.ts';
import { archive, createQueue, receive } from '../src/engine/index.ts';
import { everyMinute } from '../src/runtime/minute.ts';
import { meter } from './meter.ts';
import { openQuiet, type QuietDeployment } from './quiet-deployment.ts';

const MINUTE_MS = 60_000;
/** An hour: some jobs run once in it. */
const MINUTES = 60;
const WAIT_MS = 20_000;
/** Tables without a cost: the controller of an idle deployment asks for nothing more. */
const TABLES = { writeUnitsMax: async () => 4_000, warm: async () => {}, isEmpty: async () => false };
const SILENT = { count: () => {}, measureSeconds: () => {} };

export interface Idle {
  /** For one run of the controller, and the runs of the archiver that its barriers cause. */
  readonly minute: Used & { readonly runs: number };
  readonly emptyWait: Used;
}

/** Meters an idle deployment of some cells with one queue, over empty tables. */
export async function meterIdle(deployment: QuietDeployment): Promise<Idle> {
  const { service, changes, clock } = openQuiet(deployment);
  const metered = meter(deployment.tables.client, deployment.objects);
  await createQueue(service, { name: 'idle', settings: {} });
  const before = metered.snapshot();
  let runs = 0;
  for (let minute = 0; minute < MINUTES; minute++) {
    await everyMinute({ service, telemetry: SILENT, tables: TABLES });
    for (const change of changes.take(Number.MAX_SAFE_INTEGER)) {
      await archive(service, [change]);
      runs++;
    }
    await clock.sleep(MINUTE_MS);
  }
  const ofMinutes = metered.snapshot();
  await receive(service, { queue: 'idle', max: 10, waitMs: WAIT_MS });
  const ofAll = metered.snapshot();
  return {
    minute: { ...combine(ofMinutes, before, (all, first) => (all - first) / MINUTES), runs: runs / MINUTES },
    emptyWait: combine(ofAll, ofMinutes, (all, minutes) => all - minutes),
  };
}

/** The difference of two usages, or another combination. */
export const combine = (one: Used, other: Used, of: (one: number, other: number) => number): Used => ({
  writeUnits: of(one.writeUnits, other.writeUnits),
  readUnits: of(one.readUnits, other.readUnits),
  objectPuts: of(one.objectPuts, other.objectPuts),
  objectGets: of(one.objectGets, other.objectGets),
});
