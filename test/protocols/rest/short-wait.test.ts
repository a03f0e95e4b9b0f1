import { expect, it } from 'vitest';
import { actionTable } from '../../../src/protocols/rest/action-table.ts';
import { receiveMessagesAction } from '../../../src/protocols/rest/actions/receive-messages.ts';
import { answerRest } from '../../../src/protocols/rest/answer.ts';
import { given } from '../../support/given.ts';

it('tells in Retry-After when a wait would have ended that was shortened, with an empty answer only', async () => {
  const world = await given({ settings: { receiveProcessesMax: 10 } });
  await world.service.catalog.tryPut('longestWait', 'receive', { waitMs: 0, atMs: world.clock.nowMs() }, 0);
  const host = {
    service: world.service,
    startedAtMs: world.clock.nowMs(),
    actions: actionTable([receiveMessagesAction]),
  };
  const receive = async (waitSeconds: number) =>
    await answerRest(host, {
      routeKey: '$default',
      rawPath: '/queues/orders/receive',
      rawQueryString: '',
      headers: { 'content-type': 'application/json' },
      requestContext: { requestId: 'request', http: { method: 'POST' } },
      body: JSON.stringify({ waitSeconds }),
      isBase64Encoded: false,
    });

  const shortened = await receive(20);
  const asked = await receive(0);
  await world.send(['first']);
  const full = await receive(20);

  expect(shortened).toMatchObject({ statusCode: 200, body: '{"messages":[]}', headers: { 'retry-after': '20' } });
  expect(asked.headers).not.toHaveProperty('retry-after');
  expect(full.headers).not.toHaveProperty('retry-after');
  expect(full.body).toContain('"first"');
});
