import { QueueError } from '../../model/errors.ts';
import { MESSAGE_FRAME_BYTES, MESSAGES_PER_RECEIVE_MAX } from '../../model/limits.ts';
import { jsonBytes, type Message } from '../../model/message.ts';
import type { ReceivedMessage } from '../deliveries/index.ts';
import { type ReceiveCommand, receive } from '../receive.ts';
import type { Receiving } from '../service.ts';

/** Which messages to lease for a call. */
export interface BatchCommand {
  readonly queue: string;
  readonly max: number;
  readonly leaseMs: number;
  readonly among: ReceiveCommand['among'];
  /** The call waits for a full batch. Otherwise what is leased waits for no further receive that may bring little. */
  readonly isGathered: boolean;
  /** Bytes of a message in the call. @default in JSON */
  readonly bytesOf?: ((message: Message) => number) | undefined;
}

export interface ClaimedBatch {
  readonly messages: readonly ReceivedMessage[];
  /** Of all of them, in the call. */
  readonly bytes: number;
}

/** A receive brings 4 MiB at most, and a call of Lambda takes 6 MB. */
const MORE_BELOW_BYTES = 1024 * 1024;
/** A receive that brings fewer has found all there is, or nearly: it asks no other shards once it has so many. */
const FEW = 10;

/**
 * Leases the messages of a call: several receives where one does not bring as many as it may take.
 * @throws QueueError `QueueNotFound`; `Throttled`, `Unavailable`: nothing was found, and not all could be looked at
 * @remarks Cost: see `receive`.
 */
export async function claimBatch(service: Receiving, command: BatchCommand): Promise<ClaimedBatch> {
  const { queue, max, leaseMs: visibilityMs, among, isGathered, bytesOf = jsonBytes } = command;
  const messages: ReceivedMessage[] = [];
  let bytes = 0;
  while (messages.length < max && bytes < MORE_BELOW_BYTES) {
    const wanted = Math.min(max - messages.length, MESSAGES_PER_RECEIVE_MAX);
    let some: readonly ReceivedMessage[];
    try {
      some = await receive(service, { queue, max: wanted, waitMs: 0, visibilityMs, among, bytesOf, holder: 'push' });
    } catch (error) {
      if (messages.length > 0 && error instanceof QueueError) break;
      throw error;
    }
    messages.push(...some);
    bytes += some.reduce((sum, message) => sum + bytesOf(message) + MESSAGE_FRAME_BYTES, 0);
    if (some.length < (isGathered ? FEW : wanted)) break;
  }
  return { messages, bytes };
}
