import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { openLocalRuntime } from '../../src/runtime/local.ts';
import { call, readLines, say, sendLines } from './server.ts';

interface Counts {
  readonly deleted: number;
}

/** Between two looks at the counts, in milliseconds. */
const LOOK_EVERY_MS = 50;
/** Fast enough for a demo, and slow enough to see. */
const PER_SECOND = 10_000;

const command = new Command('npm run demo -- push')
  .description(
    'Pushes each line of a file to a function with a bug; then the bug is mended, and a rewind runs it again.',
  )
  .argument('<file>', 'a text file, such as a log')
  .parse();
const lines = readLines(command.args[0] ?? '');

const directory = mkdtempSync(join(tmpdir(), 'rewindmq-demo-'));
const handlers = join(directory, 'handlers');
/** The function's database: a row of each message that it has seen. */
const database = join(handlers, 'rows.jsonl');
mkdirSync(handlers);
writeFileSync(database, '');
const server = await openLocalRuntime({ directory: join(directory, 'data'), port: 0, handlers });
const queueUrl = `${server.url}/queues/demo-push`;
let isRight = false;
try {
  isRight = await run();
} finally {
  await server.close();
  rmSync(directory, { recursive: true });
}
process.exit(isRight ? 0 : 1);

async function run(): Promise<boolean> {
  deploy('line.length % 2 === 1');
  await call('PUT', queueUrl, {});
  await call('PUT', `${queueUrl}/subscription`, {
    to: { lambda: 'file:function.mjs#handler' },
    batchSize: 100,
    perSecond: PER_SECOND,
  });
  say('deployed   a function that loses every line of an odd length, and says nothing');
  const from = new Date().toISOString();
  const ids = await sendLines(queueUrl, lines);
  await untilDeleted(ids.length);
  say(`pushed     ${ids.length} lines; all were deleted, and the function has ${rows().size} rows`);
  deploy('false');
  say('deployed   the function without the bug');
  await call('POST', `${queueUrl}/rewinds`, { from });
  await untilDeleted(2 * ids.length);
  say(`rewound    to ${from}: the function ran again on what it had`);
  return judge(ids);
}

function deploy(isLost: string): void {
  writeFileSync(join(handlers, 'function.mjs'), handlerWith(isLost));
}

/** Writes a row for each line, and loses those for which `isLost` holds, without an error: the bug of this demo. */
function handlerWith(isLost: string): string {
  return `import { appendFileSync } from 'node:fs';
export const handler = async ({ Records }) => {
  const isLost = (line) => ${isLost};
  const rows = Records.filter(({ body }) => !isLost(body));
  appendFileSync('rows.jsonl', rows.map(({ messageId, body }) => JSON.stringify([messageId, body]) + '\\n').join(''));
};
`;
}

async function untilDeleted(count: number): Promise<void> {
  for (;;) {
    const { counts } = (await call('GET', queueUrl)) as { counts: Counts };
    if (counts.deleted >= count) return;
    await sleep(LOOK_EVERY_MS);
  }
}

function rows(): ReadonlyMap<string, string> {
  const written = readFileSync(database, 'utf8').split('\n').slice(0, -1);
  return new Map(written.map((row) => JSON.parse(row) as [string, string]));
}

/** Compares line by line. */
function judge(ids: readonly string[]): boolean {
  const after = rows();
  const wrong = ids.filter((id, index) => after.get(id) !== lines[index]);
  if (wrong.length === 0 && after.size === ids.length) {
    say(`Each of the ${ids.length} lines has a row.`);
    return true;
  }
  say(`WRONG: ${wrong.length} lines are missing or different, and there are ${after.size} rows.`);
  return false;
}
