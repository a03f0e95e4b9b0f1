import { type Measured, readMeasured } from '../lib/cost/measured.ts';
import { type Bill, ITEMS, type Load, monthOf, type PricedDeployment, sqsMonth, total } from '../lib/cost/month.ts';
import { PRICES } from '../lib/cost/prices.ts';
import { pricedDeployment } from '../lib/deploy/price.ts';
import { FUNCTION_MIB } from '../lib/function-sizes.ts';
import { parseSettings } from '../lib/settings.ts';

/** Batch sizes, and the measured workload of such calls: bodies of about 100 bytes. */
const BATCHES = [
  { words: 'ones', batch: 1, workload: '100B-1x1' },
  { words: 'tens', batch: 10, workload: '100B-10x10' },
  { words: 'hundreds', batch: 100, workload: 'log-100x100' },
];
const MESSAGES: readonly (readonly [words: string, count: number])[] = [
  ['1 million', 1e6],
  ['100 million', 1e8],
  ['30 billion', 3e10],
];
const WAITING = [1, 10];
const PUSHED: readonly (readonly [words: string, targetSeconds: number])[] = [
  ['50 ms', 0.05],
  ['5 s', 5],
  ['300 s', 300],
];
/** The slot of a call is written before it, and removed after it. */
const RECORD_WRITES_PER_CALL = 2;
const NO_LOAD: Load = { messages: 0, batch: 1, workload: '100B-1x1', waiting: 0 };

const IDLE_SETTINGS: readonly (readonly [words: string, settings: Readonly<Record<string, unknown>>])[] = [
  ['as it comes, 4 cells', {}],
  ['64 cells', { cells: 64 }],
  ['4 cells, `accessKeys=true`', { accessKeys: true }],
  ['4 cells, `accessKeys=true`, `encryption=customer-key`', { accessKeys: true, encryption: 'customer-key' }],
];

/** The tables of docs/costs.md, from the last measured figures. */
export function costPage(measured: Measured = readMeasured()): string {
  const usual = pricedDeployment(parseSettings({}));
  return [idleTable(measured), loadTable(measured, usual), partsTable(measured, usual), pushTable()].join('\n');
}

function idleTable(measured: Measured): string {
  const rows = IDLE_SETTINGS.map(([words, settings]) => {
    const bill = monthOf(measured, pricedDeployment(parseSettings(settings)), NO_LOAD);
    return [words, dollars(total(bill)), dollars(total(bill) - bill.alarms)];
  });
  return table(['a month without messages', 'with alarms', 'without'], rows);
}

function loadTable(measured: Measured, deployment: PricedDeployment): string {
  const rows = MESSAGES.flatMap(([count, messages]) =>
    BATCHES.map(({ words, ...call }) => {
      const loads = [0, ...WAITING].map((waiting) => ({ ...call, messages, waiting }));
      const ours = loads.map((load) => dollars(total(monthOf(measured, deployment, load))));
      return [`${count} in ${words}`, ...ours, ...loads.map((load) => dollars(sqsMonth(load)))];
    }),
  );
  const consumers = ['nobody waits', ...WAITING.map((count) => `${count} waiting`)];
  return table(['messages a month', ...consumers, ...consumers.map((words) => `SQS, ${words}`)], rows);
}

/** The cost by item, with one waiting consumer. */
function partsTable(measured: Measured, deployment: PricedDeployment): string {
  const loads: [string, Load][] = [
    ['none', { ...NO_LOAD, waiting: 1 }],
    ...MESSAGES.flatMap(([count, messages]) =>
      BATCHES.map(({ words, ...call }): [string, Load] => [`${count} in ${words}`, { ...call, messages, waiting: 1 }]),
    ),
  ];
  const bills = loads.map(([words, load]): [string, Bill] => [words, monthOf(measured, deployment, load)]);
  const items = ITEMS.filter((item) => bills.some(([, bill]) => bill[item] > 0));
  return table(
    ['messages a month, 1 waiting', ...items],
    bills.map(([words, bill]) => [words, ...items.map((item) => dollars(bill[item]))]),
  );
}

/** A million messages that wait, in batches of ten, pushed by ten calls at once. */
function pushTable(): string {
  const [messages, batch, concurrency] = [1e6, 10, 10];
  const calls = messages / batch;
  const rows = PUSHED.map(([words, targetSeconds]) => {
    const seconds = (calls * targetSeconds) / concurrency;
    const processes = seconds * (FUNCTION_MIB.dispatcher / 1_024) * PRICES.lambda.gigabyteSecond;
    const writes = (calls * RECORD_WRITES_PER_CALL * PRICES.dynamodb.writeUnits) / 1e6;
    return [words, Math.round(seconds).toLocaleString('en-US'), dollars(processes), dollars(writes)];
  });
  const sqs = dollars(sqsMonth({ ...NO_LOAD, messages, batch }));
  const heads = ['calls of', 'dispatcher-seconds', 'dispatcher', 'its lease record', 'SQS with its mapping'];
  return table(
    heads,
    rows.map((row) => [...row, sqs]),
  );
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return line(heads) + line(heads.map((_, index) => (index === 0 ? '---' : '---:'))) + rows.map(line).join('');
}

function dollars(usd: number): string {
  return `$${usd < 1_000 ? usd.toFixed(2) : Math.round(usd).toLocaleString('en-US')}`;
}
