import { randomBytes } from 'node:crypto';
import {
  AddPermissionCommand,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  RemovePermissionCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import { patientCallerOf } from './calling.ts';
import type { Deployed } from './deployed.ts';
import { show } from './shown.ts';

const ARN = 'arn:aws:sqs:us-east-1:012345678912';
const TASK_TRIES_MAX = 240;

interface IssuedKey {
  readonly id: string;
  readonly secret: string;
}

/** Shows that an SQS client works with a key issued by the deployment, and only within the key's rights. */
export async function showSqsClient(deployed: Deployed): Promise<void> {
  const call = patientCallerOf(deployed.urlOf('Keys'));
  const issue = async (wish: object) => (await call<IssuedKey>('POST', '/keys', wish)).body;
  const operator = await issue({ note: 'may do everything' });
  const producer = await issue({ queues: ['sqs-*'], rights: ['send'] });
  const client = (key: IssuedKey) =>
    new SQSClient({
      endpoint: deployed.urlOf('Sqs'),
      region: 'us-east-1',
      credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
    });
  const [all, sending, forged] = [client(operator), client(producer), client({ ...operator, secret: 'guessed' })];
  const QueueUrl = await walkRoad(all);
  await patientCallerOf(deployed.url)('POST', '/queues/sqs-road/rewinds', { from: '2020-01-01T00:00:00Z' });
  const rewound = await receive(all, QueueUrl, { WaitTimeSeconds: 20 });
  show('a client of SQS receives what was rewound', rewound.length > 0 ? [] : ['nothing came']);
  await bringDeadLettersBack(all);
  await send(sending, QueueUrl);
  show('a key that may send may not receive', await refused(receive(sending, QueueUrl), 'AccessDenied'));
  show('a wrong signature is refused', await refused(receive(forged, QueueUrl), 'SignatureDoesNotMatch'));
  await changeQueues(all, QueueUrl);
  const { keys } = (await call<{ keys: object[] }>('GET', '/keys')).body;
  const revoked = await call('DELETE', `/keys/${producer.id}`);
  const isHidden = !JSON.stringify(keys).includes(operator.secret);
  show('keys are listed without secrets, and revoked', isHidden && revoked.status === 204 ? [] : ['no']);
  for (const one of [all, sending, forged]) one.destroy();
}

/** A client with a key for everything, and the address of its queues. */
export async function openSqsClient(deployed: Deployed): Promise<{ client: SQSClient; accountUrl: string }> {
  const { body: key } = await patientCallerOf(deployed.urlOf('Keys'))<IssuedKey>('POST', '/keys', {});
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
  const endpoint = deployed.urlOf('Sqs');
  return {
    client: new SQSClient({ endpoint, region: 'us-east-1', credentials }),
    accountUrl: `${endpoint}/012345678912`,
  };
}

async function refused(call: Promise<unknown>, name: string): Promise<string[]> {
  const heard = await call.then(
    () => 'nothing',
    (error: Error) => error.name,
  );
  return heard.startsWith(name) ? [] : [`heard ${heard}`];
}

const send = async (client: SQSClient, QueueUrl: string) =>
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }));

async function receive(client: SQSClient, QueueUrl: string, more: object = {}): Promise<Message[]> {
  const wish = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5, MessageSystemAttributeNames: ['All' as const] };
  return (await client.send(new ReceiveMessageCommand({ ...wish, ...more }))).Messages ?? [];
}

const entriesOf = (messages: readonly Message[]) =>
  messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }));

/** Sends, receives, extends and deletes small, large and split messages. */
async function walkRoad(client: SQSClient): Promise<string> {
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'sqs-road' }));
  const large = randomBytes(60_000).toString('base64');
  const bodies = [large, ...Array.from({ length: 9 }, () => randomBytes(700).toString('base64'))];
  const Entries = bodies.map((MessageBody, index) => ({ Id: `${index}`, MessageBody }));
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const seen = new Set<string>();
  // Released at once: the notes of its block serve the second receive.
  await receive(client, QueueUrl, { MaxNumberOfMessages: 4, VisibilityTimeout: 0 });
  for (let tries = 0; seen.size < bodies.length && tries < 20; tries++) {
    const messages = await receive(client, QueueUrl, { MaxNumberOfMessages: 4, VisibilityTimeout: 600 });
    for (const { Body = '' } of messages) seen.add(Body);
    if (messages.length === 0) continue;
    const [first, ...others] = messages;
    const ReceiptHandle = first?.ReceiptHandle;
    const Extended = entriesOf(messages).map((entry) => ({ ...entry, VisibilityTimeout: 900 }));
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: Extended }));
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    if (others.length === 0) continue;
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: entriesOf(others) }));
  }
  const isWhole = QueueUrl.endsWith('/012345678912/sqs-road') && bodies.every((body) => seen.has(body));
  show('a client of SQS sends, receives, extends and deletes', isWhole ? [] : [`${seen.size} at ${QueueUrl}`]);
  return QueueUrl;
}

/** A dead letter, and the task that moves it back, which the controller carries out. */
async function bringDeadLettersBack(client: SQSClient): Promise<void> {
  const { QueueUrl: dead = '' } = await client.send(new CreateQueueCommand({ QueueName: 'sqs-dead' }));
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: `${ARN}:sqs-dead`, maxReceiveCount: 1 });
  const create = new CreateQueueCommand({ QueueName: 'sqs-source', Attributes: { RedrivePolicy } });
  const { QueueUrl = '' } = await client.send(create);
  await send(client, QueueUrl);
  const [message] = await receive(client, QueueUrl);
  const back = { QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 };
  await client.send(new ChangeMessageVisibilityCommand(back));
  await receive(client, QueueUrl, { WaitTimeSeconds: 1 });
  const [letter] = await receive(client, dead, { VisibilityTimeout: 0 });
  const { queueUrls } = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
  const SourceArn = `${ARN}:sqs-dead`;
  await client.send(new StartMessageMoveTaskCommand({ SourceArn }));
  let Status: string | undefined;
  for (let tries = 0; Status !== 'COMPLETED' && tries < TASK_TRIES_MAX; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    Status = (await client.send(new ListMessageMoveTasksCommand({ SourceArn }))).Results?.[0]?.Status;
  }
  const [again] = await receive(client, QueueUrl);
  const isBack =
    letter?.Attributes?.DeadLetterQueueSourceArn === `${ARN}:sqs-source` &&
    queueUrls?.[0] === QueueUrl &&
    again?.MessageId === message?.MessageId;
  show('a message move task brings a dead letter back', isBack ? [] : [`${Status}, ${again?.Body}`]);
}

async function changeQueues(client: SQSClient, QueueUrl: string): Promise<void> {
  await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '5' } }));
  await client.send(new TagQueueCommand({ QueueUrl, Tags: { team: 'a' } }));
  const permission = { Label: 'all', AWSAccountIds: ['123456789012'], Actions: ['SendMessage'] };
  await client.send(new AddPermissionCommand({ QueueUrl, ...permission }));
  await client.send(new RemovePermissionCommand({ QueueUrl, Label: 'all' }));
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  const { Attributes } = await client.send(asked);
  await client.send(new PurgeQueueCommand({ QueueUrl }));
  const { QueueUrls } = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'sqs-' }));
  await client.send(new DeleteQueueCommand({ QueueUrl }));
  const isTold =
    Attributes?.VisibilityTimeout === '5' && Attributes.QueueArn === `${ARN}:sqs-road` && QueueUrls?.length === 3;
  show('a client of SQS changes and tells of queues', isTold ? [] : [JSON.stringify({ Attributes, QueueUrls })]);
}
