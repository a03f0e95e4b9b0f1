import * as z from 'zod/mini';
import type { ReceiptOutcome } from '../../engine/index.ts';
import { RECEIPTS_PER_CALL_MAX } from '../../model/limits.ts';
import { Refusal, type RestErrorCode } from './errors.ts';
import { list, oneOf, text } from './fields.ts';

/** Failures of a single entry; these words occur only within an answer of status 200. */
const RECEIPT_FAILURES = {
  invalid: { code: 'receiptInvalid', message: 'this queue did not issue the receipt' },
  stale: { code: 'receiptStale', message: 'the message is no longer held by this receipt: its lease ran out' },
  throttled: { code: 'throttled', message: 'the store is at its limit; repeat this receipt later' },
  unavailable: { code: 'unavailable', message: 'the store did not answer; repeat this receipt' },
} as const satisfies Record<Exclude<ReceiptOutcome, 'done'>, { code: string; message: string }>;

export const receiptList = ({ min = 1 } = {}) => list(text(), { min, max: RECEIPTS_PER_CALL_MAX, what: 'receipts' });

const FAILURE_CODES = ['receiptInvalid', 'receiptStale', 'throttled', 'unavailable'] as const;
export const FailedReceipt = z.object({
  receipt: text(),
  error: z.object({ code: oneOf(FAILURE_CODES), message: text() }),
});

/** The failed receipts, in order. @throws Refusal when the store refused all of them */
export function failedReceipts(
  receipts: readonly string[],
  outcomes: readonly ReceiptOutcome[],
): z.output<typeof FailedReceipt>[] {
  if (outcomes.every((outcome) => outcome === 'unavailable' || outcome === 'throttled')) {
    const { code, message } = RECEIPT_FAILURES[outcomes.includes('unavailable') ? 'unavailable' : 'throttled'];
    throw new Refusal(code satisfies RestErrorCode, message);
  }
  const failed: z.output<typeof FailedReceipt>[] = [];
  for (const [index, receipt] of receipts.entries()) {
    const outcome = outcomes[index] ?? 'unavailable';
    if (outcome !== 'done') failed.push({ receipt, error: RECEIPT_FAILURES[outcome] });
  }
  return failed;
}
