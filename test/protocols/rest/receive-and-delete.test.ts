import { expect, it, vi } from 'vitest';
import { QueueError } from '../../../src/model/errors.ts';
import { actionTable } from '../../../src/protocols/rest/action-table.ts';
import { receiveMessagesAction } from '../../../src/protocols/rest/actions/receive-messages.ts';
import { answerRest } from '../../../src/protocols/rest/answer.ts';
import { given, type World } from '../../support/given.ts';

async function receive(world: World, body: object) {
  const host = {
    service: world.service,
    startedAtMs: world.clock.nowMs(),
    actions: actionTable([receiveMessagesAction]),
  };
  const { body: text, ...answer } = await answerRest(host, {
    routeKey: '$default',
    rawPath: '/queues/orders/receive',
    rawQueryString: '',
    headers: { 'content-type': 'application/json' },
    requestContext: { requestId: 'request', http: { method: 'POST' } },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  });
  return { ...answer, body: JSON.parse(text ?? '') as object };
}

async function givenLeased(): Promise<{ readonly world: World; readonly receipt: string }> {
  const world = await given({ sent: ['done'] });
  const [leased] = await world.receive();
  return { world, receipt: leased?.receipt ?? '' };
}

it('says what it deleted when nothing can be received afterwards', async () => {
  const { world, receipt } = await givenLeased();
  vi.spyOn(world.service.shards, 'list').mockRejectedValue(new QueueError('Throttled', 'the store is at its limit'));

  const answer = await receive(world, { delete: [receipt] });

  expect(answer).toMatchObject({
    statusCode: 200,
    headers: { 'retry-after': '1' },
    body: { messages: [], deleted: 1, failed: [], receiveError: { code: 'throttled' } },
  });
});

it('refuses the whole call, before it receives, when the store refuses every deletion', async () => {
  const { world, receipt } = await givenLeased();
  await world.send(['next']);
  vi.spyOn(world.service.shards, 'tryRemove').mockResolvedValue({ outcome: 'throttled' });

  const answer = await receive(world, { delete: [receipt] });

  expect(answer).toMatchObject({ statusCode: 429, body: { error: { code: 'throttled' } } });
  vi.restoreAllMocks();
  expect((await world.receive()).map(({ body }) => body)).toEqual(['next']);
});
