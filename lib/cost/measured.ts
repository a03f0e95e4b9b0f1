import { readFileSync } from 'node:fs';

/** Usage of DynamoDB and S3. */
export interface Used {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly objectPuts: number;
  readonly objectGets: number;
}

/** Results of the meter of `npm run bench -- units`. */
export interface Measured {
  /** For one message over its whole life, with full archiver batches; by workload. */
  readonly workloads: Readonly<Record<string, Used & { readonly archivedBytes: number }>>;
  /** For one message that is sent, received and deleted alone, the reads of a consumer that waits, and later upkeep. */
  readonly trickle: Used & { readonly runs: number };
  /** For one idle run of the controller: a base for any number of cells, and the part of each cell. */
  readonly minute: { readonly base: Used; readonly cell: Used & { readonly runs: number } };
  /** For a receive that waits 20 seconds and finds nothing. */
  readonly emptyWait: Used;
}

/** Written by `npm run bench -- units --json lib/cost/measured.json`. */
export const readMeasured = (): Measured =>
  JSON.parse(readFileSync(new URL('measured.json', import.meta.url), 'utf8')) as Measured;
