import { expect, it, vi } from 'vitest';
import type { QueueService } from '../../../src/engine/index.ts';
import type { Caller } from '../../../src/ports/caller.ts';
import { actionTable } from '../../../src/protocols/rest/action-table.ts';
import { receiveMessagesAction } from '../../../src/protocols/rest/actions/receive-messages.ts';
import { answerRest } from '../../../src/protocols/rest/answer.ts';
import { answerSqs } from '../../../src/protocols/sqs/answer.ts';
import { given } from '../../support/given.ts';
import { jsonCall } from '../sqs/calls.ts';

const inRest = (service: QueueService, caller: Caller) =>
  answerRest(
    { service, startedAtMs: service.clock.nowMs(), actions: actionTable([receiveMessagesAction]) },
    {
      routeKey: '$default',
      rawPath: '/queues/orders/receive',
      rawQueryString: '',
      headers: { 'content-type': 'application/json' },
      requestContext: { requestId: 'request', http: { method: 'POST' } },
      body: '{"visibilitySeconds": 600}',
    },
    caller,
  );

const inSqs = (service: QueueService, caller: Caller) => {
  const call = { QueueUrl: 'orders', VisibilityTimeout: 600, MessageSystemAttributeNames: ['All'] };
  const host = { service, account: '000000000000', region: 'us-east-1' };
  return answerSqs(host, jsonCall('ReceiveMessage', call), { caller });
};

it.each([
  ['REST', inRest],
  ['SQS', inSqs],
])('gives back what was leased for a caller of %s who leaves while names of queues are read', async (_, receive) => {
  const world = await given();
  await world.send(['a']);
  const caller = { isGone: false, waitEnd: new AbortController().signal };
  const { routes } = world.service;
  const namesOf = routes.namesOf.bind(routes);
  vi.spyOn(routes, 'namesOf').mockImplementation(async (ids) => {
    caller.isGone = true;
    return await namesOf(ids);
  });

  await receive(world.service, caller);
  world.clock.advance(1);

  expect((await world.receive()).map(({ body }) => body)).toEqual(['a']);
});
