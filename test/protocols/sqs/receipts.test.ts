import { describe, expect, it } from 'vitest';
import { answerReceipts } from '../../../src/protocols/sqs/batch.ts';

describe('receipts that the store turned away', () => {
  it('fail entry by entry, and not by the fault of their sender', () => {
    const entries = ['a', 'b', 'c'].map((Id) => ({ Id, ReceiptHandle: 'receipt' }));

    const { Successful, Failed } = answerReceipts(entries, ['done', 'throttled', 'unavailable'], { isDelete: true });

    expect(Successful).toEqual([{ Id: 'a' }]);
    expect(Failed).toMatchObject([
      { Id: 'b', SenderFault: false, Code: 'RequestThrottled' },
      { Id: 'c', SenderFault: false, Code: 'ServiceUnavailable' },
    ]);
  });
});
