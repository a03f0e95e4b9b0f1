import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { call, LINES_PER_SEND, openServer, readLines, SERVER_HELP, say, sendLines } from './server.ts';

interface Received {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
  readonly sentAt: string;
}

interface Rewind {
  readonly id: string;
  readonly state: string;
  readonly messagesRewound: number;
  readonly error?: string;
}

/** The consumer's record of a message: its row in the database. */
interface Row {
  readonly line: string;
  readonly sentAt: string;
}

/** A delivery holds at most this many. */
const MESSAGES_PER_RECEIVE = 100;
/** Between two looks at the rewind, in milliseconds. */
const LOOK_EVERY_MS = 20;

const command = new Command('npm run demo -- rewind')
  .description('Consumes a whole file, loses what was consumed since one of its lines, and rewinds to get it back.')
  .argument('<file>', 'a text file, such as a log')
  .option('--line <number>', 'the first line that is lost, from 1; otherwise the one in the middle')
  .addHelpText('after', SERVER_HELP)
  .parse();
const [file = ''] = command.args;
const lines = readLines(file);
const lost = Number(command.opts<{ line?: string }>().line ?? Math.ceil(lines.length / 2)) - 1;

const directory = mkdtempSync(join(tmpdir(), 'rewindmq-demo-'));
/** The consumer's database: the last row of each message counts. */
const database = join(directory, 'database.jsonl');
const server = await openServer(join(directory, 'server'));
const queueUrl = `${server.url}/queues/demo-rewind-${Date.now()}`;
let isRight = false;
try {
  isRight = await run();
} finally {
  await call('DELETE', queueUrl);
  await server.close();
  rmSync(directory, { recursive: true });
}
process.exit(isRight ? 0 : 1);

async function run(): Promise<boolean> {
  await call('PUT', queueUrl, {});
  const ids = await sendLines(queueUrl, lines);
  say(`sent      ${ids.length} lines in requests of ${LINES_PER_SEND}`);
  const consumed = await consume();
  const before = readDatabase();
  say(`consumed  ${consumed} messages, deleted each, and wrote ${before.size} rows`);
  const from = before.get(ids[lost] ?? '')?.sentAt ?? '';
  loseFrom(ids.slice(lost));
  say(`lost      all rows from line ${lost + 1} on: ${readDatabase().size} are left`);
  const { messagesRewound } = await rewind(from);
  say(`rewound   to ${from}, when line ${lost + 1} was sent: ${messagesRewound} messages are ready again`);
  const again = await consume();
  say(`consumed  ${again} messages again, and deleted them`);
  return judge(ids, before);
}

/** Writes a row for each message, and only then deletes the message. */
async function consume(): Promise<number> {
  for (let count = 0; ; ) {
    const wish = { max: MESSAGES_PER_RECEIVE };
    const { messages } = (await call('POST', `${queueUrl}/receive`, wish)) as { messages: Received[] };
    if (messages.length === 0) return count;
    const rows = messages.map(({ id, body, sentAt }) => JSON.stringify([id, { line: body, sentAt }]));
    appendFileSync(database, `${rows.join('\n')}\n`);
    await call('POST', `${queueUrl}/delete`, { receipts: messages.map(({ receipt }) => receipt) });
    count += messages.length;
  }
}

function readDatabase(): Map<string, Row> {
  const rows = readFileSync(database, 'utf8').split('\n').slice(0, -1);
  return new Map(rows.map((row) => JSON.parse(row) as [string, Row]));
}

function loseFrom(ids: readonly string[]): void {
  const gone = new Set(ids);
  const rows = [...readDatabase()].filter(([id]) => !gone.has(id));
  writeFileSync(database, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

async function rewind(from: string): Promise<Rewind> {
  let job = (await call('POST', `${queueUrl}/rewinds`, { from })) as Rewind;
  while (job.state === 'running') {
    await sleep(LOOK_EVERY_MS);
    job = (await call('GET', `${queueUrl}/rewinds/${job.id}`)) as Rewind;
  }
  if (job.state !== 'done') throw new Error(`the rewind is ${job.state}: ${job.error}`);
  return job;
}

/** Compares line by line: the database must hold the lines of the file, and what it held before. */
function judge(ids: readonly string[], before: ReadonlyMap<string, Row>): boolean {
  const after = readDatabase();
  const wrong = ids.filter((id, index) => {
    const row = after.get(id);
    return row?.line !== lines[index] || row?.sentAt !== before.get(id)?.sentAt;
  });
  if (wrong.length === 0 && after.size === ids.length) {
    say(`Each of the ${ids.length} lines is in the database again, as it was sent.`);
    return true;
  }
  say(`WRONG: ${wrong.length} lines are missing or different, and the database has ${after.size} rows.`);
  return false;
}
