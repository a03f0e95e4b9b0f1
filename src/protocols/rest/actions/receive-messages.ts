import * as z from 'zod/mini';
import {
  changeVisibility,
  type QueueService,
  type ReceiveCommand,
  type ReceivedMessage,
  receive,
  waitTakenMs,
} from '../../../engine/index.ts';
import {
  CONSUMER_LENGTH_MAX,
  MESSAGES_PER_RECEIVE_MAX,
  RECEIPTS_PER_CALL_MAX,
  VISIBILITY_MS_MAX,
  WAIT_MS_MAX,
} from '../../../model/limits.ts';
import type { Caller } from '../../../ports/caller.ts';
import { action, type RestAnswer } from '../action.ts';
import { isTemporary, REST_ERROR_CODES, RETRY_AFTER_SECONDS, toRefusal } from '../errors.ts';
import { fields, oneOf, text, wholeNumber } from '../fields.ts';
import { QueuePath, ReceivedView, renderReceived, sourceNames } from '../messages.ts';
import { FailedReceipt, receiptList } from '../receipts.ts';
import { deleteReceipts } from './delete-messages.ts';

/** Messages of a receive that names no number, as many as one of SQS takes at most. */
const MAX_DEFAULT = 10;

/** Why nothing could be received, after receipts were deleted. */
const ReceiveError = z.object({ code: oneOf(REST_ERROR_CODES), message: text() });

export const receiveMessagesAction = action({
  id: 'receiveMessages',
  method: 'POST',
  path: '/queues/{name}/receive',
  summary: 'Receive messages, waiting for them if wished; each is held by its receipt until its lease ends',
  input: {
    path: QueuePath,
    body: fields({
      max: z.optional(wholeNumber(1, MESSAGES_PER_RECEIVE_MAX)),
      waitSeconds: z.optional(wholeNumber(0, WAIT_MS_MAX / 1_000)),
      visibilitySeconds: z.optional(wholeNumber(0, VISIBILITY_MS_MAX / 1_000)),
      delete: z.optional(receiptList({ min: 0 })),
      /** The name of the consumer, which looks show. */
      consumer: z.optional(consumerName()),
    }),
  },
  answers: {
    200: fields({
      messages: z.array(ReceivedView),
      deleted: z.optional(wholeNumber(0, RECEIPTS_PER_CALL_MAX)),
      failed: z.optional(z.array(FailedReceipt)),
      receiveError: z.optional(ReceiveError),
    }),
  },
  async answer({ service }, { path: { name }, body, caller }) {
    const { max = MAX_DEFAULT, waitSeconds, visibilitySeconds, delete: receipts, consumer } = body;
    const command = {
      queue: name,
      max,
      holder: consumer ?? caller?.name,
      ...(caller === undefined ? {} : { caller }),
      ...(waitSeconds === undefined ? {} : { waitMs: waitSeconds * 1_000 }),
      ...(visibilitySeconds === undefined ? {} : { visibilityMs: visibilitySeconds * 1_000 }),
    };
    if (receipts === undefined) return await receiveAnswer(service, command);
    const deletion = receipts.length === 0 ? { deleted: 0, failed: [] } : await deleteReceipts(service, name, receipts);
    const { body: received, ...rest } = await receiveAnswer(service, command).catch(receiveFailed);
    return { ...rest, body: { ...received, ...deletion } };
  },
});

function consumerName() {
  const words = { error: `a name of 1 to ${CONSUMER_LENGTH_MAX} characters` };
  return z.string(words).check(z.minLength(1, words), z.maxLength(CONSUMER_LENGTH_MAX, words));
}

async function receiveAnswer(
  service: QueueService,
  command: ReceiveCommand & { readonly caller?: Caller },
): Promise<RestAnswer> {
  const { queue, caller } = command;
  const messages = await receive(service, command);
  if (messages.length === 0) return { status: 200, body: { messages }, ...(await pauseAfter(service, command)) };
  const sources = await sourceNames(service, messages);
  // The caller has left and will delete nothing, so the next consumer need not wait for these leases to end. Asked
  // last: after another wait for the store it might have left since.
  if (caller?.isGone === true) await giveBack(service, queue, messages);
  return { status: 200, body: { messages: messages.map((message) => renderReceived(message, sources)) } };
}

/** An answer that still says what was deleted. @throws the error if it is a bug */
function receiveFailed(error: unknown): RestAnswer {
  const refusal = toRefusal(error);
  if (refusal === undefined) throw error;
  const { code, message } = refusal;
  const answer = { status: 200, body: { messages: [], receiveError: { code, message } } };
  return isTemporary(code) ? { ...answer, retryAfterSeconds: RETRY_AFTER_SECONDS } : answer;
}

/** The rest of the wait, for an empty answer that came early. */
async function pauseAfter(
  service: QueueService,
  command: ReceiveCommand,
): Promise<Pick<RestAnswer, 'retryAfterSeconds'>> {
  const takenMs = await waitTakenMs(service, command);
  return takenMs === 0 ? {} : { retryAfterSeconds: Math.ceil(takenMs / 1_000) };
}

async function giveBack(service: QueueService, queue: string, messages: readonly ReceivedMessage[]): Promise<void> {
  await changeVisibility(service, { queue, entries: messages.map(({ receipt }) => ({ receipt, visibilityMs: 0 })) });
}
