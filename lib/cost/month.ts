import { FUNCTION_MIB } from '../function-sizes.ts';
import type { Measured, Used } from './measured.ts';
import { PRICES } from './prices.ts';

/** The parts of a deployment that decide its price. */
export interface PricedDeployment {
  readonly cells: number;
  readonly alarms: number;
  /** KMS keys. */
  readonly keys: number;
  readonly frontDoor: 'http-api' | 'function-url';
  readonly isTraced: boolean;
}

export interface Load {
  /** In a month, spread evenly over it. */
  readonly messages: number;
  /** Messages in a call, and the measured workload of such calls. */
  readonly batch: number;
  readonly workload: string;
  /** Consumers that always wait. */
  readonly waiting: number;
}

/** US dollars a month, by item. */
export type Bill = Readonly<Record<(typeof ITEMS)[number], number>>;

export const ITEMS = [
  'front door',
  'functions',
  'storage units',
  'archiver',
  'waiting',
  'controller',
  'logs and metrics',
  'stored',
  'alarms',
  'keys',
  'traces',
] as const;

// Prices are for a month of 30 days, a million calls and a decimal gigabyte.
const SECONDS_MONTH = 30 * 24 * 3_600;
const MINUTES_MONTH = SECONDS_MONTH / 60;
const MILLION = 1e6;
const GIGABYTE = 1e9;
/** A send, a receive and a delete. */
const CALLS_PER_LIFE = 3;
/** Longest wait of a receive; then the consumer asks again. */
const WAIT_SECONDS = 20;

/**
 * Seconds of a call, not measured on AWS yet. A call of ten takes 5 ms of a processor (docs/deploy.md), hence 17 ms of
 * the third that 512 MB get; the rest covers two or three trips to DynamoDB.
 */
const CALL = { seconds: 0.03, mebibytes: FUNCTION_MIB.call };
const ARCHIVER = { seconds: 0.1, mebibytes: FUNCTION_MIB.archiver };
/** An idle run of the controller, and one that continues in rounds because a queue is busy. */
const CONTROLLER = { seconds: 0.5, busySeconds: 54, mebibytes: FUNCTION_MIB.controller };
/** A run of the archiver gathers for this long and takes this many records; a life has four. */
const GATHERED = { seconds: 1, records: 1_000 };
/** Records of the feed: put and removal of a delivery, and of its lease. */
const RECORDS_PER_LIFE = 4;
/** The controller works in rounds while a shard has more than a quarter of its planned 650 write units/s. */
const BUSY_UNITS_SECOND = 650 / 4;
/** Bytes of a line: API Gateway's for a call, and a function's with metrics. */
const LINE_BYTES = { call: 450, metrics: 400 };
/** Messages sent, messages deleted, and the oldest waiting one. */
const METRICS_WRITTEN = 3;
/** The default of `rewindSeconds`, and the two extra days of objects. */
const ARCHIVED_DAYS = 9;
/** X-Ray samples a twentieth of calls, and one a second. */
const SAMPLED = 0.05;

/** The month's bill of a deployment under a load. @throws Error for a workload that was not measured */
export function monthOf(measured: Measured, deployment: PricedDeployment, load: Load): Bill {
  const { cells, alarms, keys, frontDoor, isTraced } = deployment;
  const { messages, batch, waiting } = load;
  const life = measured.workloads[load.workload];
  if (life === undefined) throw new Error(`the workload ${load.workload} was not measured`);
  const calls = (messages * CALLS_PER_LIFE) / batch;
  const waits = (waiting * SECONDS_MONTH) / WAIT_SECONDS;
  const archive = archiving(measured, { messages, batch });
  const isBusy = (messages * life.writeUnits) / SECONDS_MONTH > BUSY_UNITS_SECOND;
  const watchRuns = MINUTES_MONTH * cells * measured.minute.cell.runs;
  const isHttpApi = frontDoor === 'http-api';
  return {
    'front door': isHttpApi ? gatewayPrice(calls + waits) : 0,
    functions: timePrice(calls, CALL),
    'storage units': usedPrice(life) * messages,
    archiver: timePrice(archive.runs, ARCHIVER) + archive.quietPrice,
    waiting:
      timePrice(waits, { seconds: WAIT_SECONDS, mebibytes: FUNCTION_MIB[isHttpApi ? 'receive' : 'call'] }) +
      waits * usedPrice(measured.emptyWait),
    controller:
      timePrice(MINUTES_MONTH, { ...CONTROLLER, seconds: isBusy ? CONTROLLER.busySeconds : CONTROLLER.seconds }) +
      timePrice(watchRuns, ARCHIVER) +
      MINUTES_MONTH * (usedPrice(measured.minute.base) + cells * usedPrice(measured.minute.cell)) +
      (MINUTES_MONTH * PRICES.scheduler.calls) / MILLION,
    'logs and metrics':
      (messages > 0 ? METRICS_WRITTEN * PRICES.cloudwatch.metricMonth : 0) +
      logPrice(archive.runs * LINE_BYTES.metrics + (isHttpApi ? (calls + waits) * LINE_BYTES.call : 0)),
    stored: ((messages * life.archivedBytes * ARCHIVED_DAYS) / 30 / GIGABYTE) * PRICES.s3.gigabyteMonth,
    alarms: alarms * PRICES.cloudwatch.alarmMonth,
    keys: keys * PRICES.kms.keyMonth,
    traces: isTraced ? (SAMPLED * (calls + waits) * PRICES.xray.traces) / MILLION : 0,
  };
}

export const total = (bill: Bill): number => Object.values(bill).reduce((sum, one) => sum + one, 0);

/** The same messages in SQS, in the same batches or ten where they are larger, with consumers that wait as long. */
export function sqsMonth({ messages, batch, waiting }: Load): number {
  const calls = (messages * CALLS_PER_LIFE) / Math.min(batch, PRICES.sqs.messagesPerRequest);
  return ((calls + (waiting * SECONDS_MONTH) / WAIT_SECONDS) * PRICES.sqs.requests) / MILLION;
}

/**
 * Runs of the archiver: a run begins with a send and gathers for a second, in which its messages are also received and
 * deleted, or until it is full. The extra usage of a quiet run is that of a message that came alone compared with one
 * in a full batch; the reads of consumers are counted with them.
 */
function archiving(
  { trickle, workloads }: Measured,
  { messages, batch }: Pick<Load, 'messages' | 'batch'>,
): { runs: number; quietPrice: number } {
  const lives = messages / batch;
  const gathered = lives / (1 + (lives / SECONDS_MONTH) * GATHERED.seconds);
  const full = (lives * RECORDS_PER_LIFE) / GATHERED.records;
  const beyond =
    usedPrice({ ...trickle, readUnits: 0 }) - usedPrice({ ...(workloads['100B-1x1'] ?? trickle), readUnits: 0 });
  return { runs: Math.max(gathered, full), quietPrice: (Math.max(0, gathered - full) * beyond) / trickle.runs };
}

function gatewayPrice(requests: number): number {
  const { above, requests: price, requestsAbove } = PRICES.apiGateway;
  return (Math.min(requests, above) * price + Math.max(0, requests - above) * requestsAbove) / MILLION;
}

const timePrice = (calls: number, { seconds, mebibytes }: { seconds: number; mebibytes: number }): number =>
  calls * (PRICES.lambda.requests / MILLION + seconds * (mebibytes / 1_024) * PRICES.lambda.gigabyteSecond);

const logPrice = (bytes: number): number => (bytes / GIGABYTE) * PRICES.cloudwatch.logGigabyte;

/** In dollars. */
export const usedPrice = ({ writeUnits, readUnits, objectPuts, objectGets }: Used): number =>
  (writeUnits * PRICES.dynamodb.writeUnits +
    readUnits * PRICES.dynamodb.readUnits +
    objectPuts * PRICES.s3.puts +
    objectGets * PRICES.s3.gets) /
  MILLION;
