/** What a server told so far, for later calls: URLs of queues, receipts. */
export interface Memory {
  readonly urls: Map<string, string>;
  readonly receipts: string[];
  /** ARN of a queue, up to its name. */
  arns: string;
}

/** One call of the script, the same for every server. Titles are what differences are known by. */
export interface Step {
  readonly title: string;
  readonly action: string;
  /** Text is sent as it is. */
  readonly input: (memory: Memory) => object | string;
}

type Input = Readonly<Record<string, unknown>>;

const step = (title: string, action: string, input: Step['input'] | Input): Step => ({
  title,
  action,
  input: typeof input === 'function' ? input : () => input,
});

/** On a queue that was created before, or else on the URL of one that was not. */
const on =
  (queue: string, input: Input | ((memory: Memory) => Input) = {}): Step['input'] =>
  (memory) => ({
    QueueUrl: memory.urls.get(queue) ?? (memory.urls.get('orders') ?? '').replace(/orders$/, queue),
    ...(typeof input === 'function' ? input(memory) : input),
  });

const text = (StringValue: string) => ({ DataType: 'String', StringValue });
const receipt = (number: number) => (memory: Memory) => ({ ReceiptHandle: memory.receipts[number] ?? 'none' });
const policy =
  (queue: string, maxReceiveCount: number) =>
  ({ arns }: Memory) => ({
    Attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arns + queue, maxReceiveCount }) },
  });
const ofArn =
  (queue: string) =>
  ({ arns }: Memory) => ({ SourceArn: arns + queue });
const many = (count: number) => Array.from({ length: count }, (_, index) => ({ Id: `e${index}`, MessageBody: 'x' }));

const QUEUES: readonly Step[] = [
  step('create a queue', 'CreateQueue', { QueueName: 'orders' }),
  step('create it again', 'CreateQueue', { QueueName: 'orders' }),
  step('create it with another attribute', 'CreateQueue', { QueueName: 'orders', Attributes: { DelaySeconds: '5' } }),
  step('create a queue with attributes and tags', 'CreateQueue', {
    QueueName: 'settings',
    Attributes: { VisibilityTimeout: '60', MessageRetentionPeriod: '600', ReceiveMessageWaitTimeSeconds: '1' },
    tags: { team: 'a' },
  }),
  step('create a queue without a name', 'CreateQueue', {}),
  step('create a queue with a space in its name', 'CreateQueue', { QueueName: 'a b' }),
  step('create a queue with a name of 81 characters', 'CreateQueue', { QueueName: 'x'.repeat(81) }),
  step('create a queue with an unknown attribute', 'CreateQueue', { QueueName: 'odd', Attributes: { Colour: 'red' } }),
  step('create a queue with a value out of range', 'CreateQueue', {
    QueueName: 'strange',
    Attributes: { VisibilityTimeout: '43201' },
  }),
  step('get the URL of a queue', 'GetQueueUrl', { QueueName: 'orders' }),
  step('get the URL of no queue', 'GetQueueUrl', { QueueName: 'nothing' }),
  step('list queues', 'ListQueues', { QueueNamePrefix: 'or' }),
  step('list queues where none is', 'ListQueues', { QueueNamePrefix: 'zzz' }),
  step('list more queues than there may be', 'ListQueues', { MaxResults: 1_001 }),
  step(
    'get some attributes',
    'GetQueueAttributes',
    on('settings', { AttributeNames: ['VisibilityTimeout', 'QueueArn'] }),
  ),
  step('get the retention', 'GetQueueAttributes', on('settings', { AttributeNames: ['MessageRetentionPeriod'] })),
  step('get the largest message size', 'GetQueueAttributes', on('orders', { AttributeNames: ['MaximumMessageSize'] })),
  step('get no attribute', 'GetQueueAttributes', on('orders')),
  step('get an unknown attribute', 'GetQueueAttributes', on('orders', { AttributeNames: ['Colour'] })),
  step('get attributes of no queue', 'GetQueueAttributes', on('nothing', { AttributeNames: ['All'] })),
  step('set an attribute', 'SetQueueAttributes', on('settings', { Attributes: { DelaySeconds: '0' } })),
  step('set a value out of range', 'SetQueueAttributes', on('settings', { Attributes: { DelaySeconds: '901' } })),
  step('set an unknown attribute', 'SetQueueAttributes', on('settings', { Attributes: { Colour: 'red' } })),
  step('set an attribute that is only read', 'SetQueueAttributes', on('settings', { Attributes: { QueueArn: 'x' } })),
  step('list tags', 'ListQueueTags', on('settings')),
  step('tag a queue', 'TagQueue', on('settings', { Tags: { stage: 'test' } })),
  step('untag a queue', 'UntagQueue', on('settings', { TagKeys: ['team'] })),
  step('list tags that are left', 'ListQueueTags', on('settings')),
  step('list tags of no queue', 'ListQueueTags', on('nothing')),
  step(
    'add a permission',
    'AddPermission',
    on('settings', { Label: 'l', AWSAccountIds: ['111111111111'], Actions: ['SendMessage'] }),
  ),
  step(
    'add a permission of the same label',
    'AddPermission',
    on('settings', { Label: 'l', AWSAccountIds: ['111111111111'], Actions: ['SendMessage'] }),
  ),
  step('remove a permission', 'RemovePermission', on('settings', { Label: 'l' })),
  step('remove a permission that is not there', 'RemovePermission', on('settings', { Label: 'l' })),
];

const SENDING: readonly Step[] = [
  step('send a message', 'SendMessage', on('orders', { MessageBody: 'a "b" <c> & d' })),
  step(
    'send attributes',
    'SendMessage',
    on('orders', { MessageBody: 'x', MessageAttributes: { b: text('2'), a: text('1') } }),
  ),
  step(
    'send a number and bytes',
    'SendMessage',
    on('orders', {
      MessageBody: 'x',
      MessageAttributes: {
        n: { DataType: 'Number.float', StringValue: '1.5' },
        b: { DataType: 'Binary', BinaryValue: 'AQI=' },
      },
    }),
  ),
  step(
    'send a trace',
    'SendMessage',
    on('orders', { MessageBody: 'x', MessageSystemAttributes: { AWSTraceHeader: text('Root=1') } }),
  ),
  step('send nothing', 'SendMessage', on('wrong', { MessageBody: '' })),
  step('send without a body', 'SendMessage', on('wrong')),
  step('send what XML cannot hold', 'SendMessage', on('wrong', { MessageBody: '\u0001' })),
  step('send with a delay of 901 s', 'SendMessage', on('wrong', { MessageBody: 'x', DelaySeconds: 901 })),
  step('send with a delay below 0', 'SendMessage', on('wrong', { MessageBody: 'x', DelaySeconds: -1 })),
  step('send more than a MiB', 'SendMessage', on('wrong', { MessageBody: 'x'.repeat(1_048_577) })),
  step('send to no queue', 'SendMessage', on('nothing', { MessageBody: 'x' })),
  step(
    'send an attribute without a type',
    'SendMessage',
    on('wrong', { MessageBody: 'x', MessageAttributes: { a: { StringValue: 'x' } } }),
  ),
  step(
    'send an attribute of an unknown type',
    'SendMessage',
    on('wrong', { MessageBody: 'x', MessageAttributes: { a: { DataType: 'Colour', StringValue: 'x' } } }),
  ),
  step(
    'send an attribute without a value',
    'SendMessage',
    on('wrong', { MessageBody: 'x', MessageAttributes: { a: { DataType: 'String' } } }),
  ),
  step(
    'send a number that is none',
    'SendMessage',
    on('wrong', { MessageBody: 'x', MessageAttributes: { a: { DataType: 'Number', StringValue: 'one' } } }),
  ),
  step(
    'send an attribute of a reserved name',
    'SendMessage',
    on('wrong', { MessageBody: 'x', MessageAttributes: { 'AWS.x': text('x') } }),
  ),
  step(
    'send 11 attributes',
    'SendMessage',
    on('wrong', {
      MessageBody: 'x',
      MessageAttributes: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, text('x')])),
    }),
  ),
  step('send a deduplication id', 'SendMessage', on('wrong', { MessageBody: 'x', MessageDeduplicationId: 'a' })),
  step('send a batch', 'SendMessageBatch', on('settings', { Entries: many(3) })),
  step('send a batch of nothing', 'SendMessageBatch', on('wrong', { Entries: [] })),
  step('send a batch of 11', 'SendMessageBatch', on('wrong', { Entries: many(11) })),
  step('send a batch with one id twice', 'SendMessageBatch', on('wrong', { Entries: [...many(1), ...many(1)] })),
  step(
    'send a batch with an id that is none',
    'SendMessageBatch',
    on('wrong', { Entries: [{ Id: 'a b', MessageBody: 'x' }] }),
  ),
  step(
    'send a batch of more than a MiB',
    'SendMessageBatch',
    on('wrong', { Entries: ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(600_000) })) }),
  ),
  step(
    'send a batch with one wrong message',
    'SendMessageBatch',
    on('batch', { Entries: [...many(1), { Id: 'bad', MessageBody: 'x', DelaySeconds: 901 }] }),
  ),
];

const RECEIVING: readonly Step[] = [
  step(
    'receive with all attributes',
    'ReceiveMessage',
    on('orders', {
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 60,
      AttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  ),
  step('receive nothing', 'ReceiveMessage', on('orders')),
  step('receive 0', 'ReceiveMessage', on('orders', { MaxNumberOfMessages: 0 })),
  step('receive 11', 'ReceiveMessage', on('orders', { MaxNumberOfMessages: 11 })),
  step('receive with a wait of 21 s', 'ReceiveMessage', on('orders', { WaitTimeSeconds: 21 })),
  step('receive with a timeout of 43,201 s', 'ReceiveMessage', on('orders', { VisibilityTimeout: 43_201 })),
  step('receive from no queue', 'ReceiveMessage', on('nothing')),
  step(
    'count messages',
    'GetQueueAttributes',
    on('orders', { AttributeNames: ['ApproximateNumberOfMessagesNotVisible'] }),
  ),
  step('delete a message', 'DeleteMessage', on('orders', receipt(0))),
  step('delete it again', 'DeleteMessage', on('orders', receipt(0))),
  step('delete by a receipt that is none', 'DeleteMessage', on('orders', { ReceiptHandle: 'none' })),
  step('delete without a receipt', 'DeleteMessage', on('orders')),
  step(
    'delete a batch with one receipt that is none',
    'DeleteMessageBatch',
    on('orders', ({ receipts }) => ({
      Entries: [
        { Id: 'good', ReceiptHandle: receipts[1] },
        { Id: 'bad', ReceiptHandle: 'none' },
      ],
    })),
  ),
  step(
    'extend a message',
    'ChangeMessageVisibility',
    on('orders', (memory) => ({ ...receipt(2)(memory), VisibilityTimeout: 90 })),
  ),
  step(
    'extend a message to 43,201 s',
    'ChangeMessageVisibility',
    on('orders', (memory) => ({ ...receipt(2)(memory), VisibilityTimeout: 43_201 })),
  ),
  step(
    'extend a message that is deleted',
    'ChangeMessageVisibility',
    on('orders', (memory) => ({ ...receipt(0)(memory), VisibilityTimeout: 90 })),
  ),
  step(
    'extend by a receipt that is none',
    'ChangeMessageVisibility',
    on('orders', { ReceiptHandle: 'none', VisibilityTimeout: 0 }),
  ),
  step(
    'extend a batch with one receipt that is none',
    'ChangeMessageVisibilityBatch',
    on('orders', ({ receipts }) => ({
      Entries: [
        { Id: 'good', ReceiptHandle: receipts[2], VisibilityTimeout: 0 },
        { Id: 'bad', ReceiptHandle: 'none', VisibilityTimeout: 0 },
      ],
    })),
  ),
  step('receive what was given back', 'ReceiveMessage', on('orders', { AttributeNames: ['ApproximateReceiveCount'] })),
];

const DEAD_LETTERS: readonly Step[] = [
  step('create a dead-letter queue', 'CreateQueue', { QueueName: 'dead' }),
  step('name it as the target', 'SetQueueAttributes', on('orders', policy('dead', 1))),
  step('get the policy', 'GetQueueAttributes', on('orders', { AttributeNames: ['RedrivePolicy'] })),
  step('name a target that is not there', 'SetQueueAttributes', on('orders', policy('none', 1))),
  step('name a target after 0 receives', 'SetQueueAttributes', on('orders', policy('dead', 0))),
  step('name a target after 1,001 receives', 'SetQueueAttributes', on('orders', policy('dead', 1_001))),
  step('name a target in no JSON', 'SetQueueAttributes', on('orders', { Attributes: { RedrivePolicy: 'x' } })),
  step('list its sources', 'ListDeadLetterSourceQueues', on('dead')),
  step('list sources of no queue', 'ListDeadLetterSourceQueues', on('nothing')),
  step('move messages of a queue that is no target', 'StartMessageMoveTask', ofArn('settings')),
  step('move messages of no queue', 'StartMessageMoveTask', ofArn('none')),
  step('list tasks where none is', 'ListMessageMoveTasks', ofArn('dead')),
  step('cancel a task that is none', 'CancelMessageMoveTask', { TaskHandle: 'none' }),
];

const ENDING: readonly Step[] = [
  step('call what there is not', 'DanceMessage', {}),
  step('send what is no JSON', 'SendMessage', () => '{'),
  step('send a number as a body', 'SendMessage', on('orders', { MessageBody: 1 })),
  step('send a text as a delay', 'SendMessage', on('orders', { MessageBody: 'x', DelaySeconds: 'soon' })),
  step('purge a queue', 'PurgeQueue', on('settings')),
  step('purge it again', 'PurgeQueue', on('settings')),
  step('delete a queue', 'DeleteQueue', on('settings')),
  step('delete no queue', 'DeleteQueue', on('nothing')),
  step('create the deleted queue', 'CreateQueue', { QueueName: 'settings' }),
];

export const SCRIPT: readonly Step[] = [
  ...QUEUES,
  step('create a queue for batches', 'CreateQueue', { QueueName: 'batch' }),
  step('create a queue for what is refused', 'CreateQueue', { QueueName: 'wrong' }),
  ...SENDING,
  ...RECEIVING,
  ...DEAD_LETTERS,
  ...ENDING,
];
