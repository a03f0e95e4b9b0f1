import { setTimeout as sleep } from 'node:timers/promises';
import { type Call, type Received } from './calling.ts';
import type { Deployed } from './deployed.ts';
import { show } from './shown.ts';

const CONSUMERS = 100;
const MESSAGES = 20;
/** Until all were answered: waits fall half a minute after receives have filled their processes. */
const TRYING_MS_MAX = 150_000;
/** A consumer that the gateway refused tries again about then. */
const REFUSED_PAUSE_MS = 2_000;

/** A hundred receives wait where ten may run: sends, deletes and the archiver go on, and all receives are answered. */
export async function showNobodyStarves(deployed: Deployed, call: Call): Promise<void> {
  for (const queue of ['idle', 'active']) await call('PUT', `/queues/${queue}`, {});
  const runsBefore = deployed.archiverRuns;
  const waiting = { answered: 0, refused: 0, shortened: 0, others: new Set<string>() };
  const isOver = () => waiting.answered >= CONSUMERS;
  const consumers = Array.from({ length: CONSUMERS }, () => waitFor(call, waiting));
  // Now receives have all their processes.
  while (waiting.refused === 0) await sleep(100);
  const sent = await Promise.all(
    Array.from({ length: MESSAGES }, (_, number) => patiently(call, 'messages', { messages: [{ body: `${number}` }] })),
  );
  show('sends go on while receives have all their processes', sent.filter((status) => status !== 200).map(String));
  const isStillFull = !isOver();
  await consumeAll(call);
  await Promise.all(consumers);
  console.log(`${CONSUMERS} waiting receives: ${JSON.stringify({ ...waiting, others: [...waiting.others] })}`);
  show('it happened while they waited', isStillFull ? [] : ['all were answered before']);
  show('every receive is answered', isOver() ? [] : [`${waiting.answered} of ${CONSUMERS}`]);
  show('with its messages, or the rest of its wait', [...waiting.others]);
  show('most of them with the rest of their wait', waiting.shortened > 0 ? [] : ['none was shortened']);
  show('the archiver went on', deployed.archiverRuns > runsBefore ? [] : ['no run']);
}

interface Waiting {
  answered: number;
  refused: number;
  shortened: number;
  readonly others: Set<string>;
}

/** One consumer, until its first answer. */
async function waitFor(call: Call, waiting: Waiting): Promise<void> {
  const untilMs = performance.now() + TRYING_MS_MAX;
  while (performance.now() < untilMs) {
    const { status, headers } = await call('POST', '/queues/idle/receive', { waitSeconds: 20 });
    if (status === 503) {
      waiting.refused++;
      await sleep(REFUSED_PAUSE_MS * (0.5 + Math.random()));
      continue;
    }
    if (status !== 200) waiting.others.add(String(status));
    waiting.answered++;
    if (headers.get('retry-after') !== null) waiting.shortened++;
    return;
  }
}

/** A consumer with work: it gets and deletes every message, though it competes with those that wait. */
async function consumeAll(call: Call): Promise<void> {
  const untilMs = performance.now() + TRYING_MS_MAX;
  let deleted = 0;
  while (deleted < MESSAGES && performance.now() < untilMs) {
    const { status, body } = await call<Received>('POST', '/queues/active/receive', { max: 10, waitSeconds: 0 });
    if (status !== 200) {
      await sleep(REFUSED_PAUSE_MS / 4);
      continue;
    }
    if (body.messages.length === 0) continue;
    const receipts = body.messages.map(({ receipt }) => receipt);
    if ((await patiently(call, 'delete', { receipts })) === 200) deleted += receipts.length;
  }
  show('a consumer with work gets and deletes everything', deleted === MESSAGES ? [] : [`${deleted} of ${MESSAGES}`]);
}

/** Each function has few processes here: a call beside others may have to be repeated. */
async function patiently(call: Call, what: string, body: object): Promise<number> {
  for (let tries = 1; ; tries++) {
    const { status } = await call('POST', `/queues/active/${what}`, body);
    if (status !== 503 || tries === MESSAGES) return status;
    await sleep(REFUSED_PAUSE_MS / 10);
  }
}
