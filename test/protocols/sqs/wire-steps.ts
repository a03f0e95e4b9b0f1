import { messageSteps } from './wire-message-steps.ts';

/** A call in both forms: the fields of JSON, and the parameters of Query. */
export type Step = readonly [action: string, input: object, parameters: Record<string, string>];

/** The queue of a run; each form has its own. */
const name = 'QUEUE';
const urlOf = (queue: string) => `http://queues.example.com/123456789012/${queue}`;
const QueueUrl = urlOf(name);
const nothing = urlOf('nothing');
const arnOf = (queue: string) => `arn:aws:sqs:eu-west-1:123456789012:${queue}`;

const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(name), maxReceiveCount: 3 });
const MOVING: readonly Step[] = [
  ['StartMessageMoveTask', { SourceArn: 'arn' }, { SourceArn: 'arn' }],
  ['StartMessageMoveTask', { SourceArn: arnOf('nothing') }, { SourceArn: arnOf('nothing') }],
  ['StartMessageMoveTask', { SourceArn: arnOf(name) }, { SourceArn: arnOf(name) }],
  ['ListMessageMoveTasks', { SourceArn: arnOf(name) }, { SourceArn: arnOf(name) }],
  ['ListMessageMoveTasks', { SourceArn: arnOf(name), MaxResults: 11 }, { SourceArn: arnOf(name), MaxResults: '11' }],
  [
    'CreateQueue',
    { QueueName: `${name}-source`, Attributes: { RedrivePolicy } },
    { QueueName: `${name}-source`, 'Attribute.1.Name': 'RedrivePolicy', 'Attribute.1.Value': RedrivePolicy },
  ],
  ['ListDeadLetterSourceQueues', { QueueUrl }, { QueueUrl }],
  ['SendMessage', { QueueUrl, MessageBody: 'to be moved' }, { QueueUrl, MessageBody: 'to be moved' }],
  [
    'StartMessageMoveTask',
    { SourceArn: arnOf(name), DestinationArn: arnOf(`${name}-source`), MaxNumberOfMessagesPerSecond: 1 },
    { SourceArn: arnOf(name), DestinationArn: arnOf(`${name}-source`), MaxNumberOfMessagesPerSecond: '1' },
  ],
  ['ListMessageMoveTasks', { SourceArn: arnOf(name) }, { SourceArn: arnOf(name) }],
  ['CancelMessageMoveTask', { TaskHandle: 'HANDLE_0' }, { TaskHandle: 'HANDLE_0' }],
  ['CancelMessageMoveTask', { TaskHandle: 'HANDLE_0' }, { TaskHandle: 'HANDLE_0' }],
  ['CancelMessageMoveTask', { TaskHandle: 'none' }, { TaskHandle: 'none' }],
];

/** One call of each kind and of each refusal, in both forms. */
const STEPS: readonly Step[] = [
  [
    'CreateQueue',
    { QueueName: name, Attributes: { DelaySeconds: '0' }, tags: { a: 'b' } },
    {
      QueueName: name,
      'Attribute.1.Name': 'DelaySeconds',
      'Attribute.1.Value': '0',
      'Tag.1.Key': 'a',
      'Tag.1.Value': 'b',
    },
  ],
  [
    'CreateQueue',
    { QueueName: name, Attributes: { DelaySeconds: '5' } },
    {
      QueueName: name,
      'Attribute.1.Name': 'DelaySeconds',
      'Attribute.1.Value': '5',
    },
  ],
  ['CreateQueue', { QueueName: 'a b' }, { QueueName: 'a b' }],
  ['CreateQueue', { QueueName: 'a.fifo' }, { QueueName: 'a.fifo' }],
  [
    'CreateQueue',
    { QueueName: 'a.fifo', Attributes: { FifoQueue: 'true' } },
    { QueueName: 'a.fifo', 'Attribute.1.Name': 'FifoQueue', 'Attribute.1.Value': 'true' },
  ],
  ['GetQueueUrl', { QueueName: name }, { QueueName: name }],
  ['GetQueueUrl', { QueueName: 'nothing' }, { QueueName: 'nothing' }],
  ['GetQueueUrl', {}, {}],
  ['ListQueues', { QueueNamePrefix: name }, { QueueNamePrefix: name }],
  ['ListQueues', { QueueNamePrefix: 'zzz' }, { QueueNamePrefix: 'zzz' }],
  ['GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] }, { QueueUrl, 'AttributeName.1': 'All' }],
  ['GetQueueAttributes', { QueueUrl, AttributeNames: ['Colour'] }, { QueueUrl, 'AttributeName.1': 'Colour' }],
  [
    'SetQueueAttributes',
    { QueueUrl, Attributes: { VisibilityTimeout: '40' } },
    {
      QueueUrl,
      'Attribute.Name': 'VisibilityTimeout',
      'Attribute.Value': '40',
    },
  ],
  [
    'SetQueueAttributes',
    { QueueUrl, Attributes: { VisibilityTimeout: '43201' } },
    {
      QueueUrl,
      'Attribute.1.Name': 'VisibilityTimeout',
      'Attribute.1.Value': '43201',
    },
  ],
  [
    'SetQueueAttributes',
    { QueueUrl, Attributes: { RedrivePolicy: 'x' } },
    {
      QueueUrl,
      'Attribute.1.Name': 'RedrivePolicy',
      'Attribute.1.Value': 'x',
    },
  ],
  ['ListQueueTags', { QueueUrl }, { QueueUrl }],
  ['TagQueue', { QueueUrl, Tags: { c: 'd' } }, { QueueUrl, 'Tag.1.Key': 'c', 'Tag.1.Value': 'd' }],
  ['UntagQueue', { QueueUrl, TagKeys: ['a'] }, { QueueUrl, 'TagKey.1': 'a' }],
  [
    'AddPermission',
    { QueueUrl, Label: 'l', AWSAccountIds: ['111111111111'], Actions: ['*'] },
    {
      QueueUrl,
      Label: 'l',
      'AWSAccountId.1': '111111111111',
      'ActionName.1': '*',
    },
  ],
  ['RemovePermission', { QueueUrl, Label: 'm' }, { QueueUrl, Label: 'm' }],
  ['SendMessage', { QueueUrl, MessageBody: 'a "b" <c> & d' }, { QueueUrl, MessageBody: 'a "b" <c> & d' }],
  ['SendMessage', { QueueUrl, MessageBody: '' }, { QueueUrl, MessageBody: '' }],
  ['SendMessage', { QueueUrl, MessageBody: '\u0001' }, { QueueUrl, MessageBody: '\u0001' }],
  [
    'SendMessage',
    { QueueUrl, MessageBody: 'x', DelaySeconds: 901 },
    { QueueUrl, MessageBody: 'x', DelaySeconds: '901' },
  ],
  ['SendMessage', { QueueUrl, MessageBody: 'x', DelaySeconds: 'x' }, { QueueUrl, MessageBody: 'x', DelaySeconds: 'x' }],
  ['SendMessage', { QueueUrl: nothing, MessageBody: 'x' }, { QueueUrl: nothing, MessageBody: 'x' }],
  ['SendMessage', { QueueUrl: 'nowhere', MessageBody: 'x' }, { QueueUrl: 'nowhere', MessageBody: 'x' }],
  ['SendMessageBatch', { QueueUrl, Entries: [] }, { QueueUrl }],
  [
    'SendMessageBatch',
    { QueueUrl, Entries: [{ Id: 'a b', MessageBody: 'x' }] },
    {
      QueueUrl,
      'SendMessageBatchRequestEntry.1.Id': 'a b',
      'SendMessageBatchRequestEntry.1.MessageBody': 'x',
    },
  ],
  [
    'ReceiveMessage',
    { QueueUrl, MaxNumberOfMessages: 10, AttributeNames: ['All'] },
    {
      QueueUrl,
      MaxNumberOfMessages: '10',
      'AttributeName.1': 'All',
    },
  ],
  [
    'ChangeMessageVisibility',
    { QueueUrl, ReceiptHandle: 'RECEIPT_0', VisibilityTimeout: 60 },
    { QueueUrl, ReceiptHandle: 'RECEIPT_0', VisibilityTimeout: '60' },
  ],
  ['DeleteMessage', { QueueUrl, ReceiptHandle: 'RECEIPT_0' }, { QueueUrl, ReceiptHandle: 'RECEIPT_0' }],
  [
    'ChangeMessageVisibility',
    { QueueUrl, ReceiptHandle: 'RECEIPT_0', VisibilityTimeout: 60 },
    { QueueUrl, ReceiptHandle: 'RECEIPT_0', VisibilityTimeout: '60' },
  ],
  ['ReceiveMessage', { QueueUrl }, { QueueUrl }],
  ...messageSteps(QueueUrl),
  ['ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 11 }, { QueueUrl, MaxNumberOfMessages: '11' }],
  ['DeleteMessage', { QueueUrl, ReceiptHandle: 'x' }, { QueueUrl, ReceiptHandle: 'x' }],
  [
    'DeleteMessageBatch',
    { QueueUrl, Entries: [{ Id: 'a', ReceiptHandle: 'x' }] },
    {
      QueueUrl,
      'DeleteMessageBatchRequestEntry.1.Id': 'a',
      'DeleteMessageBatchRequestEntry.1.ReceiptHandle': 'x',
    },
  ],
  [
    'ChangeMessageVisibility',
    { QueueUrl, ReceiptHandle: 'x', VisibilityTimeout: 43_201 },
    {
      QueueUrl,
      ReceiptHandle: 'x',
      VisibilityTimeout: '43201',
    },
  ],
  ['ListDeadLetterSourceQueues', { QueueUrl }, { QueueUrl }],
  ['ListDeadLetterSourceQueues', { QueueUrl: nothing }, { QueueUrl: nothing }],
  ...MOVING,
  ['ListQueues', { MaxResults: 0 }, { MaxResults: '0' }],
  ['ListQueueTags', { QueueUrl: nothing }, { QueueUrl: nothing }],
  ['TagQueue', { QueueUrl, Tags: { '': 'd' } }, { QueueUrl, 'Tag.1.Key': '', 'Tag.1.Value': 'd' }],
  ['UntagQueue', { QueueUrl: nothing, TagKeys: ['a'] }, { QueueUrl: nothing, 'TagKey.1': 'a' }],
  ['RemovePermission', { QueueUrl, Label: 'l' }, { QueueUrl, Label: 'l' }],
  ['DeleteQueue', { QueueUrl: nothing }, { QueueUrl: nothing }],
  ['PurgeQueue', { QueueUrl }, { QueueUrl }],
  ['PurgeQueue', { QueueUrl }, { QueueUrl }],
  ['DeleteQueue', { QueueUrl }, { QueueUrl }],
  ['CreateQueue', { QueueName: name }, { QueueName: name }],
  ['Nonsense', {}, {}],
];

export const stepsOn = (queue: string) => JSON.parse(JSON.stringify(STEPS).replaceAll(name, queue)) as Step[];
