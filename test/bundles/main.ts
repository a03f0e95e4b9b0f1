import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { permissionsOf } from '../lib/synthesized.ts';
import { Deployed } from './deployed.ts';

const [cloudAssembly = 'cdk.out'] = process.argv.slice(2);
const engine = process.env['DYNAMODB_ENDPOINT'] ?? '';
const outcomes: boolean[] = [];

function judge(title: string, problems: readonly string[]): void {
  outcomes.push(problems.length === 0);
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${title}`);
  for (const problem of problems) console.log(`       ${problem}`);
}

function run(command: string, args: readonly string[], url: string): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: 'inherit',
      env: { ...process.env, REWINDMQ_URL: url, REWINDMQ_GATEWAY: 'http-api', TEST_REPORT: '' },
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** What Lambda itself does with a role, and what makes S3 answer 404 for what is gone: no function asks for it. */
const NOT_ASKED_FOR = /^(logs|xray):|Stream|GetRecords|GetShardIterator|s3:ListBucket|bucket\/aws\/lambda/;

/** What a run of minutes does not come to, and why the permission is needed all the same. */
const NOT_REACHED: Readonly<Record<string, readonly string[]>> = {
  // Extended leases that pile up at the head of a shard are renamed, and their old receipts find the new ones.
  Receive: ['dynamodb:PutItem on ledger'],
  // A batch that is given twice finds its object, and reads how far it came.
  Archiver: ['s3:GetObject on bucket/archive/*'],
  // What was purged or deleted is discarded an hour later, and a cancelled rewind takes back what is left of it.
  Controller: [
    'dynamodb:DeleteItem on catalog',
    'dynamodb:DeleteItem on cells',
    'dynamodb:GetItem on cells',
    'dynamodb:UpdateItem on cells',
    'dynamodb:UpdateItem on ledger',
    's3:DeleteObject on bucket/payloads/*',
  ],
};

function judgePermissions(deployed: Deployed): void {
  for (const name of ['Send', 'Receive', 'Delete', 'Admin', 'Archiver', 'Controller']) {
    const asked = deployed.askedBy(name);
    const allowed = new Set(
      permissionsOf(deployed.assembly, name).map((permission) => permission.replace(/cell \d+$/, 'cells')),
    );
    const missing = [...asked].filter((one) => !allowed.has(one));
    const expected = new Set([...asked, ...(NOT_REACHED[name] ?? [])]);
    const unused = [...allowed].filter((one) => !expected.has(one) && !NOT_ASKED_FOR.test(one));
    judge(`${name} may do what it does`, missing);
    judge(`${name} does what it may`, unused);
  }
}

/** Small messages in one block that is taken in parts, which is what block progress is kept for. */
async function splitBlock(call: Call): Promise<void> {
  const messages = Array.from({ length: 10 }, () => ({ body: randomBytes(1_000).toString('base64') }));
  await call('PUT', '/queues/parts', {});
  const sent = await call<{ messages: { id: string }[] }>('POST', '/queues/parts/messages', { messages });
  await call('GET', '/queues/parts/messages?state=ready');
  const { messages: some } = await call<Received>('POST', '/queues/parts/receive', { max: 4, visibilitySeconds: 600 });
  await call('POST', '/queues/parts/delete', { receipts: some.map(({ receipt }) => receipt) });
  await call('GET', `/queues/parts/messages/${sent.messages[0]?.id}`);
  const { messages: rest } = await call<Received>('POST', '/queues/parts/receive', { max: 10, visibilitySeconds: 0 });
  await call('POST', '/queues/parts/receive', { max: 10, waitSeconds: 5 });
  await call('DELETE', '/queues/parts');
  judge('a block that is taken in parts comes once', some.length + rest.length === 10 ? [] : [`${rest.length} came`]);
}

type Call = <Body>(method: string, path: string, body?: object) => Promise<Body>;
type Received = { readonly messages: readonly { readonly body: string; readonly receipt: string }[] };

/** What the suite leaves out of the road: a payload too large for a table, and what was deleted brought back. */
async function walkRoad(url: string): Promise<void> {
  const call: Call = async <Body>(method: string, path: string, body?: object) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(url + path, { method, headers: { 'content-type': 'application/json' }, ...sent });
    return (answer.status === 204 ? undefined : await answer.json()) as Body;
  };
  const receive = async () =>
    (await call<Received>('POST', '/queues/road/receive', { waitSeconds: 20, visibilitySeconds: 600 })).messages;
  const body = randomBytes(60_000).toString('base64');
  await call('PUT', '/queues/road', {});
  const sent = await call<{ messages: { id: string }[] }>('POST', '/queues/road/messages', { messages: [{ body }] });
  await call('GET', '/queues/road/messages?state=ready');
  const first = await receive();
  await call('POST', '/queues/road/delete', { receipts: first.map(({ receipt }) => receipt) });
  await call('POST', '/queues/road/rewinds', { from: '2020-01-01T00:00:00Z' });
  const again = await receive();
  await call('POST', '/queues/road/delete', { receipts: again.map(({ receipt }) => receipt) });
  await call('GET', '/queues/road/messages?state=deleted');
  await call('GET', `/queues/road/messages/${sent.messages[0]?.id}`);
  const same = first[0]?.body === body && again[0]?.body === body;
  await splitBlock(call);
  judge('a large message comes, and comes again by a rewind', same ? [] : [`${first.length}, ${again.length} came`]);
}

const deployed = await Deployed.open(cloudAssembly, engine);
try {
  console.log(`the deployment answers at ${deployed.url}`);
  const conformance = ['vitest', 'run', 'test/rest', '--reporter=dot'];
  judge('the REST conformance suite passes', (await run('npx', conformance, deployed.url)) === 0 ? [] : ['see above']);
  await walkRoad(deployed.url);
  const nowhere = await fetch(`${deployed.url}/nothing`);
  judge('what has no route is answered by the gateway', nowhere.status === 404 ? [] : [`status ${nowhere.status}`]);
  judgePermissions(deployed);
  judge('the archiver took every batch at once', deployed.streamFailures === 0 ? [] : [`${deployed.streamFailures}`]);
} finally {
  await deployed.close();
}
if (outcomes.includes(false)) console.log(deployed.output.slice(-4_000));
const failed = outcomes.filter((isPassed) => !isPassed).length;
console.log(`${outcomes.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
