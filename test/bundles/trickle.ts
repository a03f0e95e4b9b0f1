import { setTimeout as sleep } from 'node:timers/promises';
import { type Call, type Received } from './calling.ts';
import type { Deployed } from './deployed.ts';
import { show } from './shown.ts';

const MESSAGES = 8;
const EVERY_MS = 2_000;
const PATH = '/queues/trickle';
/** Functions whose calls a message causes. */
const FUNCTIONS = ['Send', 'Receive', 'Delete', 'Archiver'];
/** `npm run bench -- units` meters exactly. Here a slow moment or a barrier of the controller costs another run. */
const MOST = { writeUnits: 9, objectPuts: 1, runs: 3 };

/** Messages that come one by one to a consumer that waits: what the wire shows of their cost. */
export async function showTrickle(deployed: Deployed, call: Call): Promise<void> {
  await call('PUT', PATH, {});
  const [before, runsBefore] = [deployed.loadOf(FUNCTIONS), deployed.archiverRuns];
  const consuming = consume(call);
  for (let number = 0; number < MESSAGES; number++) {
    await sleep(EVERY_MS);
    await call('POST', `${PATH}/messages`, { messages: [{ body: 'x'.repeat(100) }] });
  }
  const received = await consuming;
  await sleep(EVERY_MS);
  const after = deployed.loadOf(FUNCTIONS);
  const used = {
    writeUnits: (after.writeUnits - before.writeUnits) / MESSAGES,
    objectPuts: (after.objectPuts - before.objectPuts) / MESSAGES,
    runs: (deployed.archiverRuns - runsBefore) / MESSAGES,
  };
  console.log(`a message of a trickle: ${JSON.stringify(used)}`);
  show('every message of a trickle comes', received === MESSAGES ? [] : [`${received} came`]);
  const tooMuch = (Object.keys(MOST) as (keyof typeof MOST)[]).filter((name) => used[name] > MOST[name]);
  show('a message of a trickle takes what is metered', tooMuch);
  show('and the meter saw it', used.writeUnits >= 4 && used.objectPuts > 0 ? [] : [JSON.stringify(used)]);
}

async function consume(call: Call): Promise<number> {
  let count = 0;
  while (count < MESSAGES) {
    const { body } = await call<Received>('POST', `${PATH}/receive`, { waitSeconds: 20 });
    if (body.messages.length === 0) return count;
    count += body.messages.length;
    await call('POST', `${PATH}/delete`, { receipts: body.messages.map(({ receipt }) => receipt) });
  }
  return count;
}
