/**
 * `cost.ts FIGURES`: what a million messages cost over their whole life, by way of API Gateway, by way of a function
 * URL, and with SQS. `npm run bench -- units --json FIGURES` measures the storage; prices are in `prices.ts`.
 */
import { readGivenFile } from '../src/runtime/given-file.ts';
import { PRICES } from './prices.ts';

/** How many messages the calls of a workload carry; the same workloads that the units are measured for. */
const BATCHES: Readonly<Record<string, { readonly send: number; readonly receive: number; readonly delete: number }>> =
  {
    '100B-1x10': { send: 1, receive: 10, delete: 10 },
    '100B-10x10': { send: 10, receive: 10, delete: 10 },
    '100B-10x10-single-deletes': { send: 10, receive: 10, delete: 1 },
    '1KB-10x10': { send: 10, receive: 10, delete: 10 },
    'log-100x100': { send: 100, receive: 100, delete: 100 },
    'log-1000x100': { send: 1_000, receive: 100, delete: 100 },
  };

/**
 * A send of ten takes 5 ms of a processor (`bench/memory.ts`), hence 17 ms of the third that 512 MB get; the rest is
 * for two or three trips to DynamoDB, an assumption until somebody measures them on AWS.
 */
const CALL_SECONDS = 0.03;
const CALL_GIGABYTES = 0.5;
/** SQS carries at most so many messages a request. */
const SQS_BATCH_MAX = PRICES.sqs.messagesPerRequest;

interface Figure {
  readonly workload: string;
  readonly design: string;
  readonly usdPerMillion: number;
}

const [path = ''] = process.argv.slice(2);
const figures = JSON.parse(readGivenFile(path)) as readonly Figure[];

console.log('| workload | storage | HTTP API, all in | function URL, all in | SQS |');
console.log('| --- | --- | --- | --- | --- |');
for (const { workload, usdPerMillion } of figures.filter(({ design }) => design === 'rewindmq')) {
  const batches = BATCHES[workload];
  if (batches === undefined) throw new Error(`workload ${workload} has no batches here`);
  const callsPerMessage = 1 / batches.send + 1 / batches.receive + 1 / batches.delete;
  const perCall = PRICES.lambda.requests + 1e6 * CALL_SECONDS * CALL_GIGABYTES * PRICES.lambda.gigabyteSecond;
  const byUrl = usdPerMillion + callsPerMessage * perCall;
  const byApi = byUrl + callsPerMessage * PRICES.apiGateway.requests;
  const sqsCalls = Object.values(batches).reduce((sum, size) => sum + 1 / Math.min(size, SQS_BATCH_MAX), 0);
  const columns = [usdPerMillion, byApi, byUrl, sqsCalls * PRICES.sqs.requests].map((usd) => `$${usd.toFixed(3)}`);
  console.log(`| ${workload} | ${columns.join(' | ')} |`);
}
