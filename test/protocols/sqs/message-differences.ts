import { expect } from 'vitest';
import { receive } from '../../../src/engine/index.ts';
import { answerSqs } from '../../../src/protocols/sqs/answer.ts';
import { jsonCall } from './calls.ts';
import { ARN, bodiesOf, type Differences, QueueUrl, type Told } from './sqs-caller.ts';

const DAY_MS = 86_400_000;
const HOUR_SECONDS = 3_600;

/** What is different about messages, receives and receipts. */
export const MESSAGE_DIFFERENCES: Differences = {
  retention: async (sqs) => {
    await sqs.send('kept');
    sqs.world.clock.advance(15 * DAY_MS);
    expect(bodiesOf(await sqs.receive({ VisibilityTimeout: 0 }))).toEqual(['kept']);
    await sqs.set({ MessageRetentionPeriod: '60' });
    sqs.world.clock.advance(1_000);
    expect(await sqs.receive()).toEqual([]);
    await sqs.rewindAll();
    expect(bodiesOf(await sqs.receive())).toEqual(['kept']);
  },
  'deleted messages': async (sqs) => {
    await sqs.send('deleted');
    const [message] = await sqs.receive();
    await sqs.call('DeleteMessage', { QueueUrl, ReceiptHandle: message?.['ReceiptHandle'] });
    await sqs.rewindAll();
    expect(bodiesOf(await sqs.receive())).toEqual(['deleted']);
  },
  'message ids': async (sqs) => {
    const sent = await sqs.givenDeadLetter('a');
    await sqs.call('StartMessageMoveTask', { SourceArn: `${ARN}dead` });
    await sqs.world.runRewinds();
    const [message] = await sqs.receive();
    expect(message?.['MessageId']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(message?.['MessageId']).toBe(sent['MessageId']);
  },
  '`SentTimestamp` after a message move task': async (sqs) => {
    const sentAtMs = sqs.world.clock.nowMs();
    await sqs.givenDeadLetter('a');
    await sqs.call('StartMessageMoveTask', { SourceArn: `${ARN}dead` });
    await sqs.world.runRewinds();
    const [message] = await sqs.receive({ MessageSystemAttributeNames: ['SentTimestamp'] });
    expect(message?.['Attributes']).toEqual({ SentTimestamp: String(sentAtMs) });
  },
  'receipt handles': async (sqs) => {
    await sqs.send('a');
    const [message] = await sqs.receive();
    expect(message?.['ReceiptHandle']).toMatch(/^r[A-Za-z0-9_-]{39}$/);
  },
  'changing visibility with an earlier handle': async (sqs) => {
    await sqs.send('a');
    const [first] = await sqs.receive({ VisibilityTimeout: 0 });
    sqs.world.clock.advance(1);
    const [later] = await sqs.receive();
    const change = (ReceiptHandle: unknown, VisibilityTimeout: number) =>
      sqs.call('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout });
    expect((await change(first?.['ReceiptHandle'], 60))['__type']).toBe(
      'com.amazonaws.sqs#InvalidParameterValueException',
    );
    expect(await change(later?.['ReceiptHandle'], 60)).toEqual({});
  },
  'changing visibility after the timeout has ended': async (sqs) => {
    await sqs.send('a');
    const [message] = await sqs.receive();
    sqs.world.clock.advance(31_000);
    const late = { QueueUrl, ReceiptHandle: message?.['ReceiptHandle'], VisibilityTimeout: 60 };
    expect(await sqs.call('ChangeMessageVisibility', late)).toEqual({});
    expect(await sqs.receive()).toEqual([]);
  },
  'deleting with an earlier handle': async (sqs) => {
    await sqs.send('a');
    const [first] = await sqs.receive({ VisibilityTimeout: 0 });
    sqs.world.clock.advance(1);
    await sqs.receive();
    expect(await sqs.call('DeleteMessage', { QueueUrl, ReceiptHandle: first?.['ReceiptHandle'] })).toEqual({});
    sqs.world.clock.advance(31_000);
    expect(bodiesOf(await sqs.receive())).toEqual(['a']);
  },
  'how long a message can be held': async (sqs) => {
    await sqs.send('a');
    const [message] = await sqs.receive({ VisibilityTimeout: 12 * HOUR_SECONDS });
    sqs.world.clock.advance((12 * HOUR_SECONDS - 60) * 1_000);
    const held = { QueueUrl, ReceiptHandle: message?.['ReceiptHandle'], VisibilityTimeout: 12 * HOUR_SECONDS };
    expect(await sqs.call('ChangeMessageVisibility', held)).toEqual({});
    sqs.world.clock.advance((12 * HOUR_SECONDS - 60) * 1_000);
    expect(await sqs.receive()).toEqual([]);
  },
  order: async (sqs) => {
    await sqs.send('older');
    await sqs.receive({ VisibilityTimeout: 30 });
    sqs.world.clock.advance(10_000);
    await sqs.send('newer');
    sqs.world.clock.advance(21_000);
    expect(bodiesOf(await sqs.receive({ MaxNumberOfMessages: 1 }))).toEqual(['newer']);
  },
  'attributes of type `Number`': async (sqs) => {
    const StringValue = '+00.123456789012345678901234567890123456789012e999';
    await sqs.send('a', { MessageAttributes: { number: { DataType: 'Number', StringValue } } });
    const [message] = await sqs.receive({ MessageAttributeNames: ['All'] });
    expect(message?.['MessageAttributes']).toEqual({ number: { DataType: 'Number', StringValue } });
  },
  'messages in flight': async (sqs) => {
    const bodies = Array.from({ length: 1_000 }, (_, index) => String(index));
    for (let thousands = 0; thousands < 121; thousands++) await sqs.world.send(bodies);
    for (let received = 0; received < 121_000; ) {
      const { length } = await receive(sqs.world.service, { queue: 'orders', max: 1_000 });
      expect(length).toBeGreaterThan(0);
      received += length;
    }
    await sqs.send('one more');
    expect(bodiesOf(await sqs.receive())).toEqual(['one more']);
  },
  'receives of large messages': async (sqs) => {
    for (let sent = 0; sent < 5; sent++) await sqs.send('a'.repeat(2 ** 20));
    const first = await sqs.receive();
    const second = await sqs.receive();
    expect([first.length, second.length]).toEqual([3, 2]);
  },
  '`SenderId`': async (sqs) => {
    const names = { MessageSystemAttributeNames: ['SenderId'] };
    const key = { id: 'RMQKEY', sealedSecret: '', queues: ['orders'], rights: ['send' as const], createdAtMs: 0 };
    await sqs.send('a');
    await sqs.call('SendMessage', { QueueUrl, MessageBody: 'b' }, { authenticate: async () => key as never });
    const senders = (await sqs.receive(names)).map(({ Attributes }) => String((Attributes as Told)['SenderId']));
    expect(senders.toSorted()).toEqual(['000000000000', 'RMQKEY']);
  },
  'receive with few messages': async (sqs) => {
    for (const body of ['a', 'b', 'c']) await sqs.send(body);
    expect(await sqs.receive()).toHaveLength(3);
  },
  'a message of REST with characters that XML cannot hold': async (sqs) => {
    await sqs.world.send(['bell \u0007']);
    expect(await sqs.xml({ Action: 'ReceiveMessage', QueueUrl })).toContain('<Body>bell \ufffd</Body>');
  },
  'how long a receive waits': async (sqs) => {
    const { world } = sqs;
    await world.service.catalog.tryPut('longestWait', 'receive', { waitMs: 0, atMs: world.clock.nowMs() }, 0);
    const service = world.process({ receiveProcessesMax: 10 });
    const startMs = world.clock.nowMs();
    const call = jsonCall('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 20 });
    const { body } = await answerSqs({ service, account: '000000000000', region: 'us-east-1' }, call);
    expect([body, world.clock.nowMs() - startMs]).toEqual(['{}', 0]);
  },
};
