import * as z from 'zod/mini';
import {
  changeVisibility,
  type QueueService,
  type ReceiveCommand,
  type ReceivedMessage,
  receive,
  waitTakenMs,
} from '../../../engine/index.ts';
import type { QueueId } from '../../../model/ids.ts';
import { MESSAGES_PER_RECEIVE_MAX, VISIBILITY_MS_MAX, WAIT_MS_MAX } from '../../../model/limits.ts';
import { action, type RestAnswer } from '../action.ts';
import { fields, wholeNumber } from '../fields.ts';
import { QueuePath, ReceivedView, renderDeadLettered, sourceNames } from '../messages.ts';
import { isoTime } from '../times.ts';

const MAX_DEFAULT = 10;

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
    }),
  },
  answers: { 200: fields({ messages: z.array(ReceivedView) }) },
  async answer({ service }, { path: { name }, body, caller }) {
    const { max = MAX_DEFAULT, waitSeconds, visibilitySeconds } = body;
    const command = {
      queue: name,
      max,
      ...(caller === undefined ? {} : { caller }),
      ...(waitSeconds === undefined ? {} : { waitMs: waitSeconds * 1_000 }),
      ...(visibilitySeconds === undefined ? {} : { visibilityMs: visibilitySeconds * 1_000 }),
    };
    const messages = await receive(service, command);
    if (messages.length === 0) return { status: 200, body: { messages }, ...(await pauseAfter(service, command)) };
    const sources = await sourceNames(service, messages);
    // The caller has left and will delete nothing, so the next consumer need not wait for these leases to end. Asked
    // last: after another wait for the store it might have left since.
    if (caller?.isGone === true) await giveBack(service, name, messages);
    return { status: 200, body: { messages: messages.map((message) => renderReceived(message, sources)) } };
  },
});

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

function renderReceived(
  message: ReceivedMessage,
  sources: ReadonlyMap<QueueId, string>,
): z.output<typeof ReceivedView> {
  const { id, body, attributes, receipt, sentAtMs, firstReceivedAtMs, receiveCount, rewoundBy } = message;
  const sentAt = isoTime(sentAtMs);
  const firstReceivedAt = isoTime(firstReceivedAtMs);
  const view = { id, body, attributes, receipt, sentAt, firstReceivedAt, receiveCount };
  if (message.deadLetteredFrom !== undefined) Object.assign(view, renderDeadLettered(message, sources));
  return rewoundBy === undefined ? view : { ...view, rewoundBy };
}
