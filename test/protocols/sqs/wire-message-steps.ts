import type { Step } from './wire-steps.ts';

/** Messages with attributes and in batches, on the queue of that URL, which is empty before and after. */
export const messageSteps = (QueueUrl: string): readonly Step[] => [
  ...attributeSteps(QueueUrl),
  ...batchSteps(QueueUrl),
  ...receiptBatchSteps(QueueUrl),
];

const attributeSteps = (QueueUrl: string): readonly Step[] => [
  [
    'SendMessage',
    {
      QueueUrl,
      MessageBody: 'with attributes',
      MessageAttributes: {
        text: { DataType: 'String.label', StringValue: '<\'&">\r\n\t' },
        number: { DataType: 'Number', StringValue: '-1.5e3' },
        bytes: { DataType: 'Binary', BinaryValue: 'AAEC' },
      },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1' } },
    },
    {
      QueueUrl,
      MessageBody: 'with attributes',
      'MessageAttribute.1.Name': 'text',
      'MessageAttribute.1.Value.DataType': 'String.label',
      'MessageAttribute.1.Value.StringValue': '<\'&">\r\n\t',
      'MessageAttribute.2.Name': 'number',
      'MessageAttribute.2.Value.DataType': 'Number',
      'MessageAttribute.2.Value.StringValue': '-1.5e3',
      'MessageAttribute.3.Name': 'bytes',
      'MessageAttribute.3.Value.DataType': 'Binary',
      'MessageAttribute.3.Value.BinaryValue': 'AAEC',
      'MessageSystemAttribute.1.Name': 'AWSTraceHeader',
      'MessageSystemAttribute.1.Value.DataType': 'String',
      'MessageSystemAttribute.1.Value.StringValue': 'Root=1',
    },
  ],
  [
    'ReceiveMessage',
    {
      QueueUrl,
      MessageSystemAttributeNames: ['AWSTraceHeader'],
      MessageAttributeNames: ['te.*', 'text', 'b.*', 'bytes'],
    },
    {
      QueueUrl,
      'MessageSystemAttributeName.1': 'AWSTraceHeader',
      'MessageAttributeName.1': 'te.*',
      'MessageAttributeName.2': 'text',
      'MessageAttributeName.3': 'b.*',
      'MessageAttributeName.4': 'bytes',
    },
  ],
  ['DeleteMessage', { QueueUrl, ReceiptHandle: 'RECEIPT_0' }, { QueueUrl, ReceiptHandle: 'RECEIPT_0' }],
];

const batchSteps = (QueueUrl: string): readonly Step[] => [
  [
    'SendMessageBatch',
    {
      QueueUrl,
      Entries: [
        { Id: 'a', MessageBody: 'x' },
        { Id: 'b', MessageBody: '\u0001' },
      ],
    },
    {
      QueueUrl,
      'SendMessageBatchRequestEntry.1.Id': 'a',
      'SendMessageBatchRequestEntry.1.MessageBody': 'x',
      'SendMessageBatchRequestEntry.2.Id': 'b',
      'SendMessageBatchRequestEntry.2.MessageBody': '\u0001',
    },
  ],
  [
    'SendMessageBatch',
    { QueueUrl, Entries: ['x', 'y'].map((MessageBody) => ({ Id: 'a', MessageBody })) },
    {
      QueueUrl,
      'SendMessageBatchRequestEntry.1.Id': 'a',
      'SendMessageBatchRequestEntry.1.MessageBody': 'x',
      'SendMessageBatchRequestEntry.2.Id': 'a',
      'SendMessageBatchRequestEntry.2.MessageBody': 'y',
    },
  ],
  [
    'SendMessageBatch',
    { QueueUrl, Entries: Array.from({ length: 11 }, (_, index) => ({ Id: `${index}`, MessageBody: 'x' })) },
    {
      QueueUrl,
      ...Object.fromEntries(
        Array.from({ length: 11 }, (_, index) => [`SendMessageBatchRequestEntry.${index + 1}.Id`, `${index}`]),
      ),
      ...Object.fromEntries(
        Array.from({ length: 11 }, (_, index) => [`SendMessageBatchRequestEntry.${index + 1}.MessageBody`, 'x']),
      ),
    },
  ],
];

const receiptBatchSteps = (QueueUrl: string): readonly Step[] => [
  ['ReceiveMessage', { QueueUrl, VisibilityTimeout: 60 }, { QueueUrl, VisibilityTimeout: '60' }],
  [
    'ChangeMessageVisibilityBatch',
    {
      QueueUrl,
      Entries: [
        { Id: 'a', ReceiptHandle: 'RECEIPT_0', VisibilityTimeout: 90 },
        { Id: 'b', ReceiptHandle: 'x', VisibilityTimeout: 90 },
        { Id: 'c', ReceiptHandle: 'RECEIPT_0', VisibilityTimeout: 43_201 },
      ],
    },
    {
      QueueUrl,
      'ChangeMessageVisibilityBatchRequestEntry.1.Id': 'a',
      'ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle': 'RECEIPT_0',
      'ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout': '90',
      'ChangeMessageVisibilityBatchRequestEntry.2.Id': 'b',
      'ChangeMessageVisibilityBatchRequestEntry.2.ReceiptHandle': 'x',
      'ChangeMessageVisibilityBatchRequestEntry.2.VisibilityTimeout': '90',
      'ChangeMessageVisibilityBatchRequestEntry.3.Id': 'c',
      'ChangeMessageVisibilityBatchRequestEntry.3.ReceiptHandle': 'RECEIPT_0',
      'ChangeMessageVisibilityBatchRequestEntry.3.VisibilityTimeout': '43201',
    },
  ],
  ['ChangeMessageVisibilityBatch', { QueueUrl, Entries: [] }, { QueueUrl }],
  [
    'DeleteMessageBatch',
    { QueueUrl, Entries: [{ Id: 'a', ReceiptHandle: 'RECEIPT_0' }] },
    {
      QueueUrl,
      'DeleteMessageBatchRequestEntry.1.Id': 'a',
      'DeleteMessageBatchRequestEntry.1.ReceiptHandle': 'RECEIPT_0',
    },
  ],
  ['DeleteMessageBatch', { QueueUrl, Entries: [] }, { QueueUrl }],
];
