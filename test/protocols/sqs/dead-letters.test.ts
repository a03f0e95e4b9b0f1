import {
  CancelMessageMoveTaskCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  ListMessageMoveTasksCommand,
  type ListMessageMoveTasksResultEntry,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it, vi } from 'vitest';
import { givenSqsServer } from './server.ts';

const server = givenSqsServer();
const arnOf = (queue: string) => `arn:aws:sqs:us-east-1:000000000000:${queue}`;
let number = 0;

async function newQueue(Attributes: Record<string, string> = {}): Promise<{ name: string; url: string; arn: string }> {
  const name = `letters-${++number}`;
  const { QueueUrl: url = '' } = await server.client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return { name, url, arn: arnOf(name) };
}

const policyTo = (arn: string) => ({
  RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 1 }),
});

async function receive(QueueUrl: string, more: object = {}): Promise<Message[]> {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more });
  return (await server.client.send(command)).Messages ?? [];
}

async function send(QueueUrl: string, ...bodies: string[]): Promise<void> {
  const Entries = bodies.map((MessageBody, index) => ({ Id: `${index}`, MessageBody }));
  await server.client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
}

/** A dead-letter queue, and a queue whose messages of these bodies have ended there. */
async function givenDeadLetters(...bodies: string[]) {
  const dead = await newQueue();
  const source = await newQueue(policyTo(dead.arn));
  await send(source.url, ...bodies);
  for (const { ReceiptHandle } of await receive(source.url)) {
    const QueueUrl = source.url;
    await server.client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  }
  expect(await receive(source.url)).toEqual([]);
  return { dead, source };
}

const start = async (SourceArn: string, more: object = {}) =>
  (await server.client.send(new StartMessageMoveTaskCommand({ SourceArn, ...more }))).TaskHandle;

const tasksOf = async (SourceArn: string): Promise<ListMessageMoveTasksResultEntry[]> =>
  (await server.client.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 10 }))).Results ?? [];

const ended = async (arn: string) =>
  await vi.waitFor(async () => {
    const [task] = await tasksOf(arn);
    expect(task?.Status).toMatch(/COMPLETED|FAILED|CANCELLED/);
    return task;
  }, 5_000);

const refusal = async (call: Promise<unknown>) =>
  await call.then(
    () => 'nothing',
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe('dead letters of SQS', () => {
  it('tell which queue they come from', async () => {
    const { dead, source } = await givenDeadLetters('one');

    const [message] = await receive(dead.url, { MessageSystemAttributeNames: ['All'] });

    expect(message?.Attributes).toMatchObject({
      DeadLetterQueueSourceArn: source.arn,
      ApproximateReceiveCount: '2',
    });
  });

  it('go back to their queue with a message move task', async () => {
    const { dead, source } = await givenDeadLetters('one', 'two');

    const handle = await start(dead.arn);
    const task = await ended(dead.arn);

    expect(handle).toMatch(/^[A-Za-z0-9+/=]+$/);
    expect(task).toEqual({
      Status: 'COMPLETED',
      SourceArn: dead.arn,
      ApproximateNumberOfMessagesMoved: 2,
      ApproximateNumberOfMessagesToMove: 2,
      StartedTimestamp: expect.any(Number) as number,
    });
    const messages = await receive(source.url, { MessageSystemAttributeNames: ['All'] });
    expect(new Set(messages.map(({ Body }) => Body))).toEqual(new Set(['one', 'two']));
    expect(messages[0]?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
  });

  it('go elsewhere at the pace that is asked for, until the task is cancelled', async () => {
    const { dead } = await givenDeadLetters('one', 'two', 'three', 'four');
    const other = await newQueue();

    const TaskHandle = await start(dead.arn, { DestinationArn: other.arn, MaxNumberOfMessagesPerSecond: 1 });
    const [running] = await tasksOf(dead.arn);
    const twice = await refusal(start(dead.arn));
    const cancelled = await server.client.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
    const task = await ended(dead.arn);
    const again = await refusal(server.client.send(new CancelMessageMoveTaskCommand({ TaskHandle })));

    expect(running).toMatchObject({
      Status: 'RUNNING',
      TaskHandle,
      DestinationArn: other.arn,
      MaxNumberOfMessagesPerSecond: 1,
    });
    expect(twice).toMatch(/InvalidParameterValue: There is already a task running/);
    expect(cancelled.ApproximateNumberOfMessagesMoved).toBeLessThan(4);
    expect(task).toMatchObject({ Status: 'CANCELLED', ApproximateNumberOfMessagesToMove: 4 });
    expect(task).not.toHaveProperty('TaskHandle');
    expect(again).toBe('InvalidParameterValue: Only active tasks can be cancelled.');
  });

  it('stay where they are when nobody can tell where they came from', async () => {
    const dead = await newQueue();
    for (const _ of [1, 2]) await newQueue(policyTo(dead.arn));
    await send(dead.url, 'sent here');

    await start(dead.arn);

    expect(await ended(dead.arn)).toMatchObject({
      Status: 'FAILED',
      FailureReason: 'CouldNotDetermineMessageSource',
      ApproximateNumberOfMessagesMoved: 0,
    });
  });

  it('are moved only between queues that exist, from one that takes dead letters', async () => {
    const { dead } = await givenDeadLetters('one');
    const plain = await newQueue();
    const cancel = (handle: object | string) => {
      const text = typeof handle === 'string' ? handle : Buffer.from(JSON.stringify(handle)).toString('base64');
      return refusal(server.client.send(new CancelMessageMoveTaskCommand({ TaskHandle: text })));
    };

    expect(await refusal(start('arn'))).toMatch(/^InvalidParameterValue: You must use this format .* SourceArn/);
    expect(await refusal(start(arnOf('nothing')))).toMatch(/^ResourceNotFoundException: .* SourceArn/);
    expect(await refusal(start(plain.arn))).toMatch(/must be configured as a Dead Letter Queue/);
    expect(await refusal(start(dead.arn, { DestinationArn: arnOf('nothing') }))).toMatch(/^ResourceNotFound.*Destin/);
    expect(await refusal(start(dead.arn, { DestinationArn: dead.arn }))).toMatch(/cannot be the same/);
    expect(await refusal(start(dead.arn, { MaxNumberOfMessagesPerSecond: 501 }))).toMatch(/between 1 and 500/);
    expect(await cancel('nonsense')).toBe('InvalidParameterValue: Value for parameter TaskHandle is invalid.');
    expect(await cancel({ taskId: 'x', sourceArn: arnOf('nothing') })).toMatch(/^ResourceNotFoundException: .*Source/);
    expect(await cancel({ taskId: 'x/y', sourceArn: dead.arn })).toMatch(/Task does not exist/);
    expect(await tasksOf(plain.arn)).toEqual([]);
  });

  it('come only from queues that the dead-letter queue allows', async () => {
    const allowed = await newQueue();
    const byQueue = { redrivePermission: 'byQueue', sourceQueueArns: [allowed.arn] };
    const some = await newQueue({ RedriveAllowPolicy: JSON.stringify(byQueue) });
    const none = await newQueue({ RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
    const set = (QueueUrl: string, Attributes: Record<string, string>) =>
      refusal(server.client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes })));

    expect(await set(allowed.url, policyTo(some.arn))).toBe('nothing');
    expect(await set(allowed.url, policyTo(none.arn))).toMatch(/InvalidParameterValue: .* does not allow this queue/);
    expect(await refusal(newQueue(policyTo(some.arn)))).toMatch(/does not allow this queue/);
    expect(await set(some.url, { RedriveAllowPolicy: '{"redrivePermission":"maybe"}' })).toMatch(/unsupported format/);
    const empty = JSON.stringify({ ...byQueue, sourceQueueArns: [] });
    expect(await set(some.url, { RedriveAllowPolicy: empty })).toMatch(/one or more sourceQueueArns/);
    const rest = await fetch(`${server.runtime.url}/queues/${allowed.name}`, {
      method: 'PATCH',
      body: JSON.stringify({ deadLetter: { queue: none.name, maxReceives: 1 } }),
    });
    expect([rest.status, await rest.json()]).toMatchObject([
      400,
      { error: { code: 'invalidField', field: 'deadLetter.queue', message: expect.stringContaining(none.name) } },
    ]);
    await server.client.send(new DeleteQueueCommand({ QueueUrl: none.url }));
    expect(await set(allowed.url, policyTo(none.arn))).toMatch(/Dead letter target does not exist/);
  });
});
