import { setTimeout as sleep } from 'node:timers/promises';
import { patientCallerOf, type Received, type Sent } from './calling.ts';
import type { Deployed } from './deployed.ts';
import { show } from './shown.ts';

/** Each is in an archive object of its own, so that a map makes several batches of them. */
const MESSAGES = 10;
const LOOKS_MAX = 600;
const LOOK_EVERY_MS = 100;

interface Job {
  readonly id: string;
  readonly state: string;
  readonly messagesRewound: number;
}

/** A rewind by the template's state machine, with one repeated batch and one that fails for good. */
export async function showRewinds(deployed: Deployed): Promise<void> {
  const call = patientCallerOf(deployed.url);
  const receive = async () => {
    const { body } = await call<Received>('POST', '/queues/rewound/receive', { max: 100, visibilitySeconds: 600 });
    await call('POST', '/queues/rewound/delete', { receipts: body.messages.map(({ receipt }) => receipt) });
    return body.messages.map((message) => message.body);
  };
  const consume = async () => {
    const came: string[] = [];
    for (let some = await receive(); some.length > 0; some = await receive()) came.push(...some);
    return came.toSorted();
  };
  // What was deleted, not what was sent: a send whose answer was unclear is repeated, and comes twice.
  const deleted: string[] = [];
  const range = { from: '2020-01-01T00:00:00Z' };
  await call('PUT', '/queues/rewound', {});
  for (let number = 0; number < MESSAGES; number++) {
    await call<Sent>('POST', '/queues/rewound/messages', { messages: [{ body: `message ${number}` }] });
    deleted.push(...(await consume()));
    // A count waits for the archiver: the next message lies in the next object.
    await call('POST', '/queues/rewound/rewinds', { ...range, dryRun: true });
  }
  const before = deployed.rewinds.batches;
  deployed.rewinds.isRepeated = (batch) => batch === before;
  deployed.rewinds.isFailing = (batch) => batch === before + 1;
  const started = await call<Job>('POST', '/queues/rewound/rewinds', range);
  let { body: job } = started;
  for (let look = 0; job.state === 'running' && look < LOOKS_MAX; look++) {
    await sleep(LOOK_EVERY_MS);
    ({ body: job } = await call<Job>('GET', `/queues/rewound/rewinds/${started.body.id}`));
  }
  const batches = deployed.rewinds.batches - before;
  const came = await consume();
  const isRight =
    job.state === 'done' && job.messagesRewound === deleted.length && came.join() === deleted.toSorted().join();
  show('a rewind brings everything once, though a batch is repeated and one fails', [
    ...(isRight ? [] : [`the job says ${JSON.stringify(job)}, and ${came.length} of ${deleted.length} came`]),
    ...(batches >= 2 ? [] : [`the map made ${batches} batches`]),
    ...deployed.rewinds.problems,
  ]);
}
