import type { EpochMs } from '../model/brand.ts';
import { shardKey } from '../model/ids.ts';
import { LEASE_LEFT_MS_MIN, ROUTE_FRESH_MS } from '../model/limits.ts';
import type { Queue } from '../model/queue.ts';
import { receivableShards, weightOf } from '../model/route.ts';
import { changeVisibility } from './change-visibility.ts';
import { Claims, type Look, type Place } from './claims.ts';
import type { ReceivedMessage } from './deliveries/index.ts';
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

/** While a shard gives no answer, a wait goes on trying after at most this. */
const MISSED_PAUSE_MS = 1_000;

/**
 * Receives messages: tries claims until something comes or the wait ends.
 *
 * Starts where something was seen lately, or anywhere; all shards are looked at before the answer is empty. One that
 * fails is passed over, and tried again while the wait lasts.
 *
 * @throws QueueError `QueueNotFound`; `Throttled`, `Unavailable`: nothing was found, and not all could be looked at
 * @remarks Cost: a claim for each shard that has something, one read for each other shard; see `claim`.
 */
export async function receive(service: QueueService, command: ReceiveCommand): Promise<ReceivedMessage[]> {
  let held = await service.routes.get(command.queue);
  const startMs = service.clock.nowMs();
  const untilMs = (startMs + (command.waitMs ?? held.queue.settings.waitMs)) as EpochMs;
  const claims = new Claims(service);
  const { messages } = claims;
  let sinceMs = startMs;
  let places = service.occupancy.order(placesOf(held.queue, startMs));
  await lookAt(service, command, { claims, held, places, isConsistent: true });
  for (let attempt = 0; messages.length === 0 && sinceMs < untilMs && !isEnded(command); attempt++) {
    const signal = command.caller === undefined ? {} : { signal: command.caller.waitEnd };
    const awaited = placesOf(held.queue, untilMs).map((place) => place.shard);
    // The queue may be deleted meanwhile: then reading its route ends the wait.
    const pauseMs = claims.hasMissed ? MISSED_PAUSE_MS : ROUTE_FRESH_MS;
    const pausedMs = Math.min(untilMs, service.clock.nowMs() + pauseMs) as EpochMs;
    const shards = await service.arrivals.wait(awaited, { sinceMs, untilMs: pausedMs, attempt, ...signal });
    if (shards.length === 0 && (pausedMs === untilMs || isEnded(command))) break;
    sinceMs = service.clock.nowMs();
    held = await service.routes.get(command.queue);
    places = placesOf(held.queue, sinceMs).filter(
      ({ shard }) => shards.includes(shard) || claims.isWorthAnother(shard),
    );
    await lookAt(service, command, { claims, held, places, isConsistent: false });
  }
  if (messages.length === 0) claims.refuseIfMissed();
  return messages;
}

async function lookAt(
  service: QueueService,
  command: ReceiveCommand,
  { claims, ...look }: Omit<Look, 'max' | 'leaseMs'> & { readonly claims: Claims },
): Promise<void> {
  const visibilityMs = command.visibilityMs ?? look.held.queue.settings.visibilityMs;
  // A lease without any time would be over before its messages could be answered.
  const leaseMs = Math.max(visibilityMs, service.shards.leaseFloorMs, LEASE_LEFT_MS_MIN);
  await claims.tryAll({ ...look, max: command.max, leaseMs });
  const { messages } = claims;
  service.load.addToQueue(look.held.queue.id, { messages: messages.length });
  if (leaseMs > visibilityMs) await nackTo(service, command.queue, messages, visibilityMs);
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
    weight: weightOf(shard),
    fromMs: shard.fromMs,
  }));
