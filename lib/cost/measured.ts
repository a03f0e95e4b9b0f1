import { readFileSync } from 'node:fs';

/** What was used of DynamoDB and S3. */
export interface Used {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly objectPuts: number;
  readonly objectGets: number;
}

/** What the meter of `npm run bench -- units` counted. */
export interface Measured {
  /** For one message, over its whole life, where the archiver's batches are full; by workload. */
  readonly workloads: Readonly<Record<string, Used & { readonly archivedBytes: number }>>;
  /** For one message that is sent, received and deleted alone, each change in a run of the archiver by itself. */
  readonly alone: Used & { readonly runs: number };
  /** For one run of the controller while nothing happens: whatever the cells, and more for each. */
  readonly minute: { readonly base: Used; readonly cell: Used & { readonly runs: number } };
  /** For a receive that waits 20 seconds and finds nothing. */
  readonly emptyWait: Used;
}

/** `npm run bench -- units --json lib/cost/measured.json` writes it. */
export const readMeasured = (): Measured =>
  JSON.parse(readFileSync(new URL('measured.json', import.meta.url), 'utf8')) as Measured;
