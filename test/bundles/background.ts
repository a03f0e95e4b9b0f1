import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { type Call, patientCallerOf, type Received } from './calling.ts';
import type { Deployed } from './deployed.ts';
import type { Fault } from './recorder.ts';
import { show } from './shown.ts';
import { openSqsClient } from './sqs-client.ts';
import { dynamoError } from './storage-failures.ts';

const LOOKS_MAX = 600;
const LOOK_EVERY_MS = 100;
/** Calls of each kind: with two tries throttled for each, a process has something to report to the controller. */
const CALLS = 15;
const HOUR_MS = 3_600_000;
/** When a purge is final and the archive's hour is over; and when compacted objects may leave. */
const LATER_MS = [2.5 * HOUR_MS, 4 * HOUR_MS];
const MINUTES_EACH = 2;
/** In as many objects of the archive. */
const SMALL_OBJECTS = 3;
const MARK = { mark: { type: 'string', value: 'this one' } };

/** Events while cells are at their limit, and events of the following hours. */
export async function showBackground(deployed: Deployed): Promise<void> {
  const call = patientCallerOf(deployed.url);
  const undo = deployed.functionNames.map((name) => deployed.break([name], busy()));
  await callOften(deployed, call);
  await call('PUT', '/queues/elsewhere', { deadLetter: { queue: 'busy', maxReceives: 9 } });
  const started = await call<Job>('POST', '/queues/busy/redrive', { into: 'elsewhere' });
  const moved = await ended(call, '/queues/busy/rewinds', started.body);
  show('a redrive ends though cells are at their limit', moved.state === 'done' ? [] : [JSON.stringify(moved)]);
  for (const one of undo) one();
  await redrive(call);
  await cancelRewind(call);
  await showLater(deployed, call);
}

/** Throttles two of three calls of the cells: each succeeds in the end. */
function busy(): Fault {
  let calls = 0;
  return (asked) =>
    asked[0]?.endsWith(' on cells') === true && calls++ % 3 !== 2
      ? dynamoError(400, 'ProvisionedThroughputExceededException')
      : undefined;
}

/** The answer to one mark is lost: its caller has to look. */
function losingOneMark(): Fault {
  let isLost = false;
  return (asked) => {
    if (isLost || asked[0] !== 'dynamodb:UpdateItem on cells') return undefined;
    isLost = true;
    throw new Error('made to fail');
  };
}

/** One call after another, so that one process of each function sees all of them. */
async function callOften(deployed: Deployed, call: Call): Promise<void> {
  const path = '/queues/busy';
  const { client, accountUrl } = await openSqsClient(deployed);
  await call('PUT', path, {});
  const often = async (one: () => Promise<unknown>) => {
    for (let calls = 0; calls < CALLS; calls++) await one();
  };
  const body = randomBytes(1_000).toString('base64');
  await often(() => call('POST', `${path}/messages`, { messages: [{ body }, { body }] }));
  await Promise.all([
    often(() => client.send(new SendMessageCommand({ QueueUrl: `${accountUrl}/busy`, MessageBody: body }))),
    often(() => call('GET', `${path}/messages?state=ready`)),
    call('GET', `${path}/route`),
    often(async () => {
      const { body: received } = await call<Received>('POST', `${path}/receive`, { max: 2 });
      const receipts = received.messages.map(({ receipt }) => receipt);
      if (receipts.length > 0) await call('POST', `${path}/delete`, { receipts });
    }),
  ]);
  client.destroy();
}

interface Job {
  readonly id: string;
  readonly state: string;
  readonly messagesRewound: number;
}

/** Dead letters in a block, in a delivery and in an object; those that match return to their queue. */
async function redrive(call: Call): Promise<void> {
  await call('PUT', '/queues/letters', {});
  await call('PUT', '/queues/home', { deadLetter: { queue: 'letters', maxReceives: 1 } });
  const bodies = [200, 3_000, 60_000].map((bytes) => randomBytes(bytes).toString('base64'));
  const messages = bodies.flatMap((body) => [{ body, attributes: MARK }, { body }]);
  for (const message of messages) await call('POST', '/queues/home/messages', { messages: [message] });
  for (let looks = 0; looks < LOOKS_MAX && (await readyIn(call, 'letters')) < messages.length; looks++) {
    await call('POST', '/queues/home/receive', { max: 10, visibilitySeconds: 0 });
  }
  const started = await call<Job>('POST', '/queues/letters/redrive', { filter: { attributes: { mark: 'this one' } } });
  const job = await ended(call, '/queues/letters/rewinds', started.body);
  const isRight = job.state === 'done' && job.messagesRewound === bodies.length;
  show('a redrive brings home what matches', isRight ? [] : [JSON.stringify(job)]);
}

async function readyIn(call: Call, queue: string): Promise<number> {
  return (await call<{ counts: { ready: number } }>('GET', `/queues/${queue}`)).body.counts.ready;
}

async function ended(call: Call, path: string, job: Job): Promise<Job> {
  let now = job;
  for (let look = 0; now.state === 'running' && look < LOOKS_MAX; look++) {
    await sleep(LOOK_EVERY_MS);
    now = (await call<Job>('GET', `${path}/${job.id}`)).body;
  }
  return now;
}

/** A rewind that was cancelled while it ran takes back its messages. */
async function cancelRewind(call: Call): Promise<void> {
  const path = '/queues/busy/rewinds';
  const started = await call<Job>('POST', path, { from: '2020-01-01T00:00:00Z' });
  for (let look = 0; look < LOOKS_MAX; look++) {
    const { body: job } = await call<Job>('GET', `${path}/${started.body.id}`);
    if (job.state !== 'running' || job.messagesRewound > 0) break;
  }
  await call('DELETE', `${path}/${started.body.id}`);
  const job = await ended(call, path, started.body);
  show('a rewind can be cancelled', /^(cancelled|done)$/.test(job.state) ? [] : [JSON.stringify(job)]);
}

async function archiveSmall(call: Call): Promise<void> {
  await call('PUT', '/queues/small', {});
  for (let object = 0; object < SMALL_OBJECTS; object++) {
    await call('POST', '/queues/small/messages', { messages: [{ body: 'small' }] });
    const { body } = await call<Received>('POST', '/queues/small/receive', { waitSeconds: 20 });
    await call('POST', '/queues/small/delete', { receipts: body.messages.map(({ receipt }) => receipt) });
    // A count waits for the archiver: the next message lies in the next object.
    await call('POST', '/queues/small/rewinds', { from: '2020-01-01T00:00:00Z', dryRun: true });
  }
}

/** Controllers of later hours discard purged and deleted messages, and compact the archive. */
async function showLater(deployed: Deployed, call: Call): Promise<void> {
  await call('PATCH', '/queues/home', { shards: { min: 20, max: 20 } });
  const body = randomBytes(60_000).toString('base64');
  for (const queue of ['home', 'letters', 'busy']) {
    await call('POST', `/queues/${queue}/messages`, { messages: [{ body }, { body: 'small' }] });
    await call('POST', `/queues/${queue}/purge`, {});
  }
  await call('DELETE', '/queues/letters?force=true');
  await archiveSmall(call);
  const undo = deployed.break(['Controller'], losingOneMark());
  const problems: string[] = [];
  for (const ms of LATER_MS) {
    const later = await deployed.openLater('Controller', ms);
    for (let minute = 0; minute < MINUTES_EACH; minute++) {
      const answer = (await later.invoke({})) as { errorMessage?: string } | null;
      if (answer?.errorMessage !== undefined) problems.push(answer.errorMessage);
    }
    later.close();
  }
  undo();
  show('controllers of hours later end what was purged, deleted and archived', problems);
}
