import { randomBytes } from 'node:crypto';
import { type Call, patientCallerOf, type Received, type Sent } from './calling.ts';
import { show } from './shown.ts';

const receiptsOf = ({ messages }: Received) => ({ receipts: messages.map(({ receipt }) => receipt) });

/** Parts of the road that the suite leaves out: a payload too large for a table, and rewound messages. */
export async function walkRoad(url: string): Promise<void> {
  const call = patientCallerOf(url);
  const receive = async () =>
    (await call<Received>('POST', '/queues/road/receive', { waitSeconds: 20, visibilitySeconds: 600 })).body;
  const body = randomBytes(60_000).toString('base64');
  await call('PUT', '/queues/road', {});
  const sent = await call<Sent>('POST', '/queues/road/messages', { messages: [{ body }] });
  await call('GET', '/queues/road/messages?state=ready');
  const first = await receive();
  await call('POST', '/queues/road/delete', receiptsOf(first));
  await call('POST', '/queues/road/rewinds', { from: '2020-01-01T00:00:00Z' });
  const again = await receive();
  await call('POST', '/queues/road/delete', receiptsOf(again));
  await call('GET', '/queues/road/messages?state=deleted');
  await call('GET', `/queues/road/messages/${sent.body.messages[0]?.id}`);
  const isSame = first.messages[0]?.body === body && again.messages[0]?.body === body;
  show(
    'a large message comes, and comes again by a rewind',
    isSame ? [] : [`${first.messages.length}, ${again.messages.length} came`],
  );
  await splitBlock(call);
}

/** Small messages in one block that is taken in parts, which needs block progress. */
async function splitBlock(call: Call): Promise<void> {
  const messages = Array.from({ length: 10 }, () => ({ body: randomBytes(1_000).toString('base64') }));
  const receive = async (wish: object) => (await call<Received>('POST', '/queues/parts/receive', wish)).body;
  await call('PUT', '/queues/parts', {});
  const sent = await call<Sent>('POST', '/queues/parts/messages', { messages });
  await call('GET', '/queues/parts/messages?state=ready');
  const some = await receive({ max: 4, visibilitySeconds: 600 });
  await call('POST', '/queues/parts/delete', receiptsOf(some));
  await call('GET', `/queues/parts/messages/${sent.body.messages[0]?.id}`);
  const rest = await receive({ max: 10, visibilitySeconds: 0 });
  await receive({ max: 10, waitSeconds: 5 });
  await call('DELETE', '/queues/parts');
  const restored = await call('POST', '/queues/parts/restore', {});
  show('a deleted queue is restored', restored.status === 200 ? [] : [`status ${restored.status}`]);
  await call('DELETE', '/queues/parts');
  const came = some.messages.length + rest.messages.length;
  show('a block that is taken in parts comes once', came === 10 ? [] : [`${came} came`]);
}
