import type { EpochMs } from '../model/brand.ts';
import { keyAfter, keyFrom, type ShardKey, shardKey } from '../model/ids.ts';
import { ANSWER_BYTES_MAX, LEASE_LEFT_MS_MIN } from '../model/limits.ts';
import { jsonBytes, jsonBytesMax } from '../model/message.ts';
import type { Queue } from '../model/queue.ts';
import { receivableShards } from '../model/route.ts';
import { changeVisibility } from './change-visibility.ts';
import { claim } from './claim.ts';
import type { ReceivedMessage } from './received-message.ts';
import type { QueueService } from './service.ts';

export interface ReceiveCommand {
  readonly queue: string;
  /** 1 to 1,000. */
  readonly max: number;
  /** 0 to 20,000; absent: the queue's. */
  readonly waitMs?: number;
  /** 0 to 43,200,000; absent: the queue's. */
  readonly visibilityMs?: number;
  /** Who waits: once `waitEnd` aborts, waiting has lost its sense and nothing more is taken. */
  readonly caller?: { readonly waitEnd: AbortSignal };
}

/** Where to look, and from when on after a purge. */
interface Place {
  readonly shard: ShardKey;
  readonly fromMs: EpochMs | undefined;
}

interface Look {
  readonly queue: Queue;
  readonly places: readonly Place[];
  /** False while waiting: what comes in the last second is seen by the next look, for half the price. */
  readonly isConsistent: boolean;
}

/** Shards asked before all others are, where one in so many has something. */
const SECOND_LOOK = 8;
/** Field names, id, receipt and times of one message in an answer. */
const MESSAGE_FRAME_BYTES = 400;
/** With no other consumer at work, an answer holds at least this many if one shard has them. */
const ENOUGH = 10;

/**
 * Receives messages: tries claims until something comes or the wait ends.
 *
 * Starts where something was seen lately, or anywhere; all shards are looked at before the answer is empty.
 *
 * @throws QueueError `QueueNotFound`, `Throttled`, `Unavailable`
 * @remarks Cost: a claim for each shard that has something, one read for each other shard; see `claim`.
 */
export async function receive(service: QueueService, command: ReceiveCommand): Promise<ReceivedMessage[]> {
  let { queue } = await service.routes.get(command.queue);
  const startMs = service.clock.nowMs();
  const untilMs = (startMs + (command.waitMs ?? queue.settings.waitMs)) as EpochMs;
  let sinceMs = startMs;
  let places = service.occupancy.order(placesOf(queue, startMs));
  let messages = await receiveFrom(service, command, { queue, places, isConsistent: true });
  for (let attempt = 0; messages.length === 0 && sinceMs < untilMs && !isEnded(command); attempt++) {
    const signal = command.caller === undefined ? {} : { signal: command.caller.waitEnd };
    const shards = await service.arrivals.wait(
      placesOf(queue, untilMs).map((place) => place.shard),
      { sinceMs, untilMs, attempt, ...signal },
    );
    if (shards.length === 0) break;
    sinceMs = service.clock.nowMs();
    queue = (await service.routes.get(command.queue)).queue;
    places = placesOf(queue, sinceMs).filter((place) => shards.includes(place.shard));
    messages = await receiveFrom(service, command, { queue, places, isConsistent: false });
  }
  return await fitAnswer(service, command, messages);
}

async function receiveFrom(service: QueueService, command: ReceiveCommand, where: Look): Promise<ReceivedMessage[]> {
  const visibilityMs = command.visibilityMs ?? where.queue.settings.visibilityMs;
  // A lease without any time would be over before its messages could be answered.
  const leaseMs = Math.max(visibilityMs, service.shards.leaseFloorMs, LEASE_LEFT_MS_MIN);
  const messages: ReceivedMessage[] = [];
  const claimAt = async (place: Place) => {
    const wanted = command.max - messages.length;
    const claimed = await claim(service, { queue: where.queue, ...place, wanted, leaseMs });
    service.occupancy.note(place.shard, claimed.length > 0);
    messages.push(...claimed);
  };
  const enough = Math.min(command.max, ENOUGH);
  for (const places of roundsOf(service, where)) {
    for (const place of await dueAmong(service, places, where)) {
      if (messages.length >= enough) break;
      await claimAt(place);
    }
    if (messages.length >= enough) break;
  }
  service.load.addToQueue(where.queue.id, { messages: messages.length });
  if (leaseMs > visibilityMs) await nackTo(service, command.queue, messages, visibilityMs);
  return messages;
}

/**
 * The first look claims at once, as a queue mostly has something there. Then all others are asked at once, so that a
 * message in one of hundreds of shards is claimed by the third round of reads. Where many have something, asking some
 * first is enough.
 */
function roundsOf(service: QueueService, { places, isConsistent }: Look): (readonly Place[])[] {
  if (!isConsistent) return [places];
  const [first, others] = [places.slice(0, 1), places.slice(1)];
  const isDense = service.occupancy.hintedAmong(others) * SECOND_LOOK >= others.length;
  return isDense ? [first, others.slice(0, SECOND_LOOK), others.slice(SECOND_LOOK)] : [first, others];
}

/** The places that have something due, read in parallel; a single one is not worth asking before it is claimed from. */
async function dueAmong(
  service: QueueService,
  places: readonly Place[],
  { isConsistent }: Look,
): Promise<readonly Place[]> {
  if (places.length <= 1) return places;
  const nowMs = service.clock.nowMs();
  const isDue = await Promise.all(
    places.map(async ({ shard, fromMs }) => {
      const from = keyFrom(fromMs ?? (0 as EpochMs));
      const page = await service.shards.list(shard, { from, before: keyAfter(nowMs), limit: 1, isConsistent });
      const isOccupied = page.deliveries.length > 0 || page.next !== undefined;
      service.occupancy.note(shard, isOccupied);
      return isOccupied;
    }),
  );
  return places.filter((_, index) => isDue[index] === true);
}

/** What would make the answer too large becomes visible again at once; one message always goes out. */
async function fitAnswer(
  service: QueueService,
  command: ReceiveCommand,
  messages: ReceivedMessage[],
): Promise<ReceivedMessage[]> {
  const bytesAtMost = messages.reduce((sum, message) => sum + jsonBytesMax(message) + MESSAGE_FRAME_BYTES, 0);
  if (bytesAtMost <= ANSWER_BYTES_MAX) return messages;
  let bytes = 0;
  const end = messages.findIndex((message, index) => {
    bytes += jsonBytes(message) + MESSAGE_FRAME_BYTES;
    return index > 0 && bytes > ANSWER_BYTES_MAX;
  });
  if (end === -1) return messages;
  await nackTo(service, command.queue, messages.slice(end), 0);
  return messages.slice(0, end);
}

async function nackTo(
  service: QueueService,
  queue: string,
  messages: readonly ReceivedMessage[],
  visibilityMs: number,
): Promise<void> {
  if (messages.length === 0) return;
  await changeVisibility(service, { queue, entries: messages.map(({ receipt }) => ({ receipt, visibilityMs })) });
}

const isEnded = ({ caller }: ReceiveCommand): boolean => caller?.waitEnd.aborted === true;

const placesOf = (queue: Queue, untilMs: EpochMs): Place[] =>
  receivableShards(queue.route, untilMs).map((shard) => ({
    shard: shardKey(queue.id, shard.id),
    fromMs: shard.fromMs,
  }));
