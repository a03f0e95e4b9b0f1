import type { ReceiptOutcome } from '../../engine/index.ts';
import { invalidValue, SQS_ERRORS, SqsError, toSqsError } from './errors.ts';

/** SQS's limit of a batch. */
const ENTRIES_MAX = 10;
const ENTRY_ID = /^[A-Za-z0-9_-]{1,80}$/;

interface FailedEntry {
  readonly Id: string;
  readonly SenderFault: boolean;
  readonly Code: string;
  readonly Message: string;
}

export interface BatchAnswer {
  readonly Successful?: readonly object[];
  readonly Failed?: readonly FailedEntry[];
}

/** A list without entries is omitted, as in SQS. */
export const batchAnswer = (successful: readonly object[], failed: readonly FailedEntry[]): BatchAnswer => ({
  ...(successful.length === 0 ? {} : { Successful: successful }),
  ...(failed.length === 0 ? {} : { Failed: failed }),
});

/** @throws SqsError about the batch as a whole; `entryName` is Query's word for an entry */
export function checkBatch<Entry extends { readonly Id: string }>(
  entries: readonly Entry[] | undefined,
  entryName: string,
): readonly Entry[] {
  // In Query, an omitted list is the only form of an empty one.
  if (entries === undefined || entries.length === 0) {
    throw new SqsError('EmptyBatchRequest', `There should be at least one ${entryName} in the request.`);
  }
  if (entries.length > ENTRIES_MAX) {
    const message = `Maximum number of entries per request are ${ENTRIES_MAX}. You have sent ${entries.length}.`;
    throw new SqsError('TooManyEntriesInBatchRequest', message);
  }
  const seen = new Set<string>();
  for (const { Id } of entries) {
    if (!ENTRY_ID.test(Id)) {
      throw new SqsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. ' +
          'It can be at most 80 letters long.',
      );
    }
    if (seen.has(Id)) throw new SqsError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    seen.add(Id);
  }
  return entries;
}

/** @throws any error but a refusal: a bug */
export function failedEntry(Id: string, error: unknown): FailedEntry {
  const refusal = toSqsError(error);
  if (refusal === undefined) throw error;
  const { code, isSenderFault, message } = refusal;
  return { Id, SenderFault: isSenderFault, Code: SQS_ERRORS[code].query, Message: message };
}

/** The outcome of a receipt as SQS's error; `undefined` for success. */
export function receiptError(receipt: string, outcome: ReceiptOutcome, isDelete: boolean): SqsError | undefined {
  if (outcome === 'done') return undefined;
  if (outcome === 'invalid') {
    const message = `The input receipt handle "${receipt.slice(0, 1_024)}" is not a valid receipt handle.`;
    return new SqsError('ReceiptHandleIsInvalid', message);
  }
  if (outcome === 'throttled') {
    return new SqsError('RequestThrottled', 'The store is at its limit; repeat the request later.');
  }
  if (outcome === 'unavailable') {
    return new SqsError('ServiceUnavailableException', 'The store did not answer; repeat the request.');
  }
  // SQS reports success for a delete by an old receipt, though the message may stay.
  if (isDelete) return undefined;
  const reason = 'Message does not exist or is not available for visibility timeout change.';
  return invalidValue('ReceiptHandle', receipt, reason);
}

/** Answers a batch of receipts, entry by entry; `refused` are those that were never tried. */
export function answerReceipts(
  entries: readonly { readonly Id: string; readonly ReceiptHandle: string }[],
  outcomes: readonly ReceiptOutcome[],
  { isDelete, refused = [] }: { readonly isDelete: boolean; readonly refused?: readonly FailedEntry[] },
): BatchAnswer {
  const successful: object[] = [];
  const failed: FailedEntry[] = [...refused];
  for (const [index, { Id, ReceiptHandle }] of entries.entries()) {
    const error = receiptError(ReceiptHandle, outcomes[index] ?? 'unavailable', isDelete);
    if (error === undefined) successful.push({ Id });
    else failed.push(failedEntry(Id, error));
  }
  return batchAnswer(successful, failed);
}
