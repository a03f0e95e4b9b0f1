import {
  AddPermissionCommand,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { getQueue } from '../../../src/engine/index.ts';
import { givenSqsServer } from './server.ts';

const server = givenSqsServer();
let queues = 0;

async function newQueue(Attributes: Record<string, string> = {}): Promise<string> {
  const { QueueUrl = '' } = await server.client.send(
    new CreateQueueCommand({ QueueName: `queue-${++queues}`, Attributes }),
  );
  return QueueUrl;
}

async function receiveAll(QueueUrl: string, more: object = {}) {
  const { Messages = [] } = await server.client.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more }),
  );
  return Messages;
}

describe('the AWS SDK for JavaScript', () => {
  it('creates, finds, lists and deletes queues', async () => {
    const url = await newQueue({ VisibilityTimeout: '45', Policy: '{"Version":"2012-10-17"}' });
    const name = url.split('/').at(-1) ?? '';

    const found = await server.client.send(new GetQueueUrlCommand({ QueueName: name }));
    const listed = await server.client.send(new ListQueuesCommand({ QueueNamePrefix: name }));
    const { Attributes } = await server.client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    await server.client.send(new DeleteQueueCommand({ QueueUrl: url }));

    expect(url).toBe(`${server.runtime.url}/000000000000/${name}`);
    expect(found.QueueUrl).toBe(url);
    expect(listed.QueueUrls).toContain(url);
    expect(Attributes).toMatchObject({
      QueueArn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
      VisibilityTimeout: '45',
      MessageRetentionPeriod: '345600',
      MaximumMessageSize: '1048576',
      ApproximateNumberOfMessages: '0',
      Policy: '{"Version":"2012-10-17"}',
    });
    await expect(server.client.send(new GetQueueUrlCommand({ QueueName: name }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(server.client.send(new CreateQueueCommand({ QueueName: name }))).rejects.toMatchObject({
      name: 'QueueDeletedRecently',
    });
  });

  it('sends, receives and deletes a message with its attributes', async () => {
    const QueueUrl = await newQueue();
    const MessageAttributes = {
      text: { DataType: 'String', StringValue: 'grün' },
      count: { DataType: 'Number.int', StringValue: '42' },
      bytes: { DataType: 'Binary.gif', BinaryValue: new Uint8Array([1, 2, 255]) },
    };

    const sent = await server.client.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: 'hello',
        MessageAttributes,
        MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-2-3' } },
      }),
    );
    const [message] = await receiveAll(QueueUrl, {
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    });
    await server.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));

    expect(message).toMatchObject({ MessageId: sent.MessageId, Body: 'hello', MessageAttributes });
    expect(message?.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
    expect(message?.Attributes).toMatchObject({
      SenderId: '000000000000',
      ApproximateReceiveCount: '1',
      AWSTraceHeader: 'Root=1-2-3',
    });
    expect(await receiveAll(QueueUrl, { VisibilityTimeout: 0 })).toEqual([]);
  });

  it('gives only the attributes it is asked for', async () => {
    const QueueUrl = await newQueue();
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const MessageAttributes = { 'a.x': text('1'), 'a.y': text('2'), b: text('3') };
    await server.client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageAttributes }));
    const namesFor = async (...MessageAttributeNames: string[]) => {
      const [message] = await receiveAll(QueueUrl, { MessageAttributeNames, VisibilityTimeout: 0 });
      return Object.keys(message?.MessageAttributes ?? {});
    };

    expect(await namesFor()).toEqual([]);
    expect(await namesFor('a.*')).toEqual(['a.x', 'a.y']);
    expect(await namesFor('b', 'nothing')).toEqual(['b']);
    expect(await namesFor('.*')).toHaveLength(3);
  });

  it('works in batches, entry by entry', async () => {
    const QueueUrl = await newQueue();
    const Entries = [
      { Id: 'one', MessageBody: 'first' },
      { Id: 'two', MessageBody: 'bad \u0001' },
      { Id: 'three', MessageBody: 'third' },
    ];

    const sent = await server.client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const messages = await receiveAll(QueueUrl);
    const handles = messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));
    const wrong = { Id: 'wrong', ReceiptHandle: 'none' };
    const extended = await server.client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [...handles, wrong].map((entry) => ({ ...entry, VisibilityTimeout: 60 })),
      }),
    );
    const deleted = await server.client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [...handles, wrong] }));

    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['one', 'three']);
    expect(sent.Failed).toMatchObject([{ Id: 'two', SenderFault: true, Code: 'InvalidMessageContents' }]);
    expect(new Set(messages.map(({ Body }) => Body))).toEqual(new Set(['first', 'third']));
    expect(extended.Successful).toHaveLength(2);
    expect(extended.Failed).toMatchObject([{ Id: 'wrong', Code: 'ReceiptHandleIsInvalid' }]);
    expect(deleted.Successful).toHaveLength(2);
    expect(deleted.Failed).toMatchObject([{ Id: 'wrong', Code: 'ReceiptHandleIsInvalid' }]);
  });

  it('gives a message back at once, and moves what nobody can handle to the dead letters', async () => {
    const dead = await newQueue();
    const arn = `arn:aws:sqs:us-east-1:000000000000:${dead.split('/').at(-1)}`;
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 1 });
    const QueueUrl = await newQueue({ RedrivePolicy });
    await server.client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }));

    const [message] = await receiveAll(QueueUrl);
    await server.client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 }),
    );
    const again = await receiveAll(QueueUrl);
    const letters = await receiveAll(dead);
    const sources = await server.client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));

    expect(again).toEqual([]);
    expect(letters.map(({ Body }) => Body)).toEqual(['poison']);
    expect(sources.queueUrls).toEqual([QueueUrl]);
  });

  it('sets attributes, tags and permissions', async () => {
    const QueueUrl = await newQueue();
    const attributes = async () =>
      (await server.client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes;

    await server.client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '7' } }));
    await server.client.send(new TagQueueCommand({ QueueUrl, Tags: { team: 'a', stage: 'test' } }));
    await server.client.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['stage'] }));
    const permission = { Label: 'all', AWSAccountIds: ['123456789012'], Actions: ['SendMessage'] };
    await server.client.send(new AddPermissionCommand({ QueueUrl, ...permission }));
    const allowed = await attributes();
    await server.client.send(new RemovePermissionCommand({ QueueUrl, Label: 'all' }));

    expect(allowed).toMatchObject({ DelaySeconds: '7', MessageRetentionPeriod: '345600' });
    expect(JSON.parse(allowed?.Policy ?? '')).toMatchObject({
      Statement: [{ Sid: 'all', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 'SQS:SendMessage' }],
    });
    expect(await attributes()).not.toHaveProperty('Policy');
    expect((await server.client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ team: 'a' });
  });

  it('keeps everything for ever, unless a client sets how long', async () => {
    const plain = await newQueue();
    const short = await newQueue({ MessageRetentionPeriod: '60' });
    const retentionOf = async (url: string) =>
      (await getQueue(server.runtime.service, url.split('/').at(-1) ?? '')).settings.retentionMs;

    const set = new SetQueueAttributesCommand({ QueueUrl: short, Attributes: { MessageRetentionPeriod: '59' } });

    expect(await retentionOf(plain)).toBeUndefined();
    expect(await retentionOf(short)).toBe(60_000);
    await expect(server.client.send(set)).rejects.toMatchObject({ name: 'InvalidAttributeValue' });
  });

  it('purges a queue, but not twice within a minute', async () => {
    const QueueUrl = await newQueue();
    await server.client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'gone' }));

    await server.client.send(new PurgeQueueCommand({ QueueUrl }));
    const again = server.client.send(new PurgeQueueCommand({ QueueUrl }));

    await expect(again).rejects.toMatchObject({ name: 'PurgeQueueInProgress' });
    expect(await receiveAll(QueueUrl)).toEqual([]);
  });

  it('pages through queues', async () => {
    for (const number of [1, 2, 3]) {
      await server.client.send(new CreateQueueCommand({ QueueName: `page-${number}` }));
    }
    const range = { QueueNamePrefix: 'page-', MaxResults: 2 };

    const first = await server.client.send(new ListQueuesCommand(range));
    const second = await server.client.send(new ListQueuesCommand({ ...range, NextToken: first.NextToken }));

    expect(first.QueueUrls).toHaveLength(2);
    expect(second.QueueUrls).toHaveLength(1);
    expect(second.NextToken).toBeUndefined();
  });

  it('gets errors about limits and missing queues in the words of SQS', async () => {
    const QueueUrl = await newQueue();
    const refused = async (call: Promise<unknown>) =>
      await call.then(
        () => 'nothing',
        (error: Error) => error.name,
      );
    const send = (more: object) =>
      refused(server.client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x', ...more })));

    expect(await send({ DelaySeconds: 901 })).toBe('InvalidParameterValue');
    expect(await send({ DelaySeconds: 900 })).toBe('nothing');
    expect(await send({ MessageBody: 'x'.repeat(1_048_577) })).toBe('InvalidParameterValue');
    expect(await refused(receiveAll(QueueUrl, { MaxNumberOfMessages: 11 }))).toBe('InvalidParameterValue');
    expect(await refused(receiveAll(QueueUrl, { WaitTimeSeconds: 21 }))).toBe('InvalidParameterValue');
    const fifo = server.client.send(new CreateQueueCommand({ QueueName: 'a.fifo', Attributes: { FifoQueue: 'true' } }));
    expect(await refused(fifo)).toBe('UnsupportedOperation');
    const twice = [1, 2].map(() => ({ Id: 'a', MessageBody: 'x' }));
    expect(await refused(server.client.send(new SendMessageBatchCommand({ QueueUrl, Entries: twice })))).toBe(
      'BatchEntryIdsNotDistinct',
    );
    expect(await refused(server.client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] })))).toBe(
      'EmptyBatchRequest',
    );
  });
});
