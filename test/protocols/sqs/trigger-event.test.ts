import type { SQSEvent } from 'aws-lambda';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EpochMs } from '../../../src/model/brand.ts';
import type { RewindId } from '../../../src/model/ids.ts';
import { EVENT_BYTES_MAX, EVENT_FRAME_BYTES, MESSAGE_BYTES_MAX } from '../../../src/model/limits.ts';
import type { MessageAttributes } from '../../../src/model/message.ts';
import type { ReceiptText } from '../../../src/model/receipt.ts';
import type { PushMessage } from '../../../src/ports/push-target.ts';
import { recordBytes, triggerEvent } from '../../../src/protocols/sqs/trigger-event.ts';
import { OWNER, pushMessage } from '../../support/push-calls.ts';

const eventOf = (...messages: PushMessage[]): SQSEvent =>
  JSON.parse(triggerEvent({ queueName: 'orders', messages }, OWNER)) as SQSEvent;

describe('the event of a trigger for SQS', () => {
  it('has the fields of each record that Lambda documents', () => {
    const event = eventOf(pushMessage({ receiveCount: 3 }));

    expect(event).toEqual({
      Records: [
        {
          messageId: '019359c6-7b40-8abc-8def-000000000002',
          receiptHandle: 'receipt-1',
          body: 'hello',
          attributes: {
            SenderId: '123456789012',
            SentTimestamp: '1764489600000',
            ApproximateReceiveCount: '3',
            ApproximateFirstReceiveTimestamp: '1764489600500',
          },
          messageAttributes: {},
          md5OfBody: '5d41402abc4b2a76b9719d911017c592',
          eventSource: 'aws:sqs',
          eventSourceARN: 'arn:aws:sqs:eu-central-1:123456789012:orders',
          awsRegion: 'eu-central-1',
        },
      ],
    });
  });

  it('has attributes in the form of Lambda, and the digest that a receive over SQS shows', () => {
    const attributes: MessageAttributes = {
      text: { type: 'string', value: 'ä' },
      count: { type: 'number', value: '12', label: 'int' },
      bytes: { type: 'binary', value: 'AQI=' },
    };

    const [record] = eventOf(pushMessage({ attributes })).Records;

    const none = { stringListValues: [], binaryListValues: [] };
    expect(record?.messageAttributes).toEqual({
      text: { stringValue: 'ä', dataType: 'String', ...none },
      count: { stringValue: '12', dataType: 'Number.int', ...none },
      bytes: { binaryValue: 'AQI=', dataType: 'Binary', ...none },
    });
    // Computed by a program of its own, from the algorithm in the documentation of SQS.
    expect(record?.md5OfMessageAttributes).toBe('ac62a63df7611843aa32ef2cf1a136f7');
  });

  it("shows SQS's own notes as system attributes, and the rewind that brought a message back", () => {
    const attributes: MessageAttributes = { 'AWS.AWSTraceHeader': { type: 'string', value: 'Root=1-2-3' } };

    const [record] = eventOf(pushMessage({ attributes, rewoundBy: 'rewind-7' as RewindId })).Records;

    expect(record?.messageAttributes).toEqual({});
    expect(record).not.toHaveProperty('md5OfMessageAttributes');
    expect(record?.attributes).toMatchObject({ AWSTraceHeader: 'Root=1-2-3', RewoundBy: 'rewind-7' });
  });

  it('takes no more bytes than were counted before the messages were leased', () => {
    const text = fc.string({ unit: 'binary', maxLength: 50 });
    const attribute = fc.record({ type: fc.constantFrom('string', 'number', 'binary'), value: text, label: text });
    const name = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('AWS.AWSTraceHeader', 'AWS.MessageGroupId'));
    const message = fc.record({ body: text, attributes: fc.dictionary(name, attribute, { maxKeys: 3 }) });
    const longest = {
      receipt: 'R'.repeat(100) as ReceiptText,
      receiveCount: Number.MAX_SAFE_INTEGER,
      sentAtMs: (2 ** 48 - 1) as EpochMs,
      firstReceivedAtMs: (2 ** 48 - 1) as EpochMs,
      rewoundBy: 'r'.repeat(64) as RewindId,
    };
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), (given) => {
        const messages = given.map((fields) => pushMessage({ ...fields, ...longest }));

        const event = triggerEvent({ queueName: 'q'.repeat(80), messages }, OWNER);

        const counted = messages.reduce((sum, one) => sum + recordBytes(one), EVENT_FRAME_BYTES);
        expect(Buffer.byteLength(event)).toBeLessThanOrEqual(counted);
      }),
      { numRuns: 30 },
    );
  });

  it('can be too large with one message: control characters take six bytes each', () => {
    const body = '\u0001'.repeat(MESSAGE_BYTES_MAX);

    expect(recordBytes(pushMessage({ body }))).toBeGreaterThan(EVENT_BYTES_MAX);
    expect(recordBytes(pushMessage({ body: '"'.repeat(MESSAGE_BYTES_MAX) }))).toBeLessThan(EVENT_BYTES_MAX);
  });
});
