import { describe, expect, it } from 'vitest';
import { failedReceipts } from '../../../src/protocols/rest/receipts.ts';

const RECEIPTS = ['one', 'two'];

describe('receipts that the store turned away', () => {
  it('are told one by one beside those that got through', () => {
    const failed = failedReceipts(RECEIPTS, ['done', 'throttled']);

    expect(failed).toEqual([{ receipt: 'two', error: { code: 'throttled', message: expect.any(String) } }]);
  });

  it.each([
    ['throttled', ['throttled', 'throttled']],
    ['unavailable', ['unavailable', 'unavailable']],
    ['unavailable', ['throttled', 'unavailable']],
  ] as const)('refuse the whole call as %s when none got through', (code, outcomes) => {
    expect(() => failedReceipts(RECEIPTS, outcomes)).toThrow(expect.objectContaining({ code }));
  });
});
