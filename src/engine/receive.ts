import type { EpochMs } from '../model/brand.ts';
import { QueueError } from '../model/errors.ts';
import { shardKey } from '../model/ids.ts';
import { LEASE_LEFT_MS_MIN, ROUTE_FRESH_MS } from '../model/limits.ts';
import type { Message } from '../model/message.ts';
import type { Queue } from '../model/queue.ts';
import { receivableShards, weightOf } from '../model/route.ts';
import { changeVisibility } from './change-visibility.ts';
import { Claims, type Look, type ReceivableShard } from './claims.ts';
import type { ReceivedMessage } from './deliveries/index.ts';
import type { Receipts, Receiving, Using } from './service.ts';

export interface ReceiveCommand {
  readonly queue: string;
  /** 1 to 1,000. */
  readonly max: number;
  /** 0 to 20,000; absent: the queue's. */
  readonly waitMs?: number;
  /** 0 to 43,200,000; absent: the queue's. */
  readonly visibilityMs?: number;
  /** Bytes of a message's body and attributes in the answer, six a character at most; absent: in JSON. */
  readonly bytesOf?: ((message: Message) => number) | undefined;
  /** The caller that waits. Once `waitEnd` aborts it has gone, and no more messages are taken. */
  readonly caller?: { readonly waitEnd: AbortSignal };
  /** Looks at these shards alone. @default all */
  readonly among?: ((shardIndex: number) => boolean) | undefined;
  /** Remembers the holders of received messages, which looks show. */
  readonly holder?: string | undefined;
}

/** While a shard gives no answer, a waiting receive tries again after at most this. */
const MISSED_PAUSE_MS = 1_000;

/**
 * Receives messages: tries claims until something comes or the wait ends.
 *
 * Starts where something was seen lately, or anywhere; all shards are looked at before the answer is empty. One that
 * fails is passed over, and tried again while the wait lasts. The deployment may shorten the wait: see `waitTakenMs`.
 *
 * @throws QueueError `QueueNotFound`; `Throttled`, `Unavailable`: nothing was found, and not all could be looked at
 * @remarks Cost: a claim for each shard that has something, one read for each other shard; see `claim`.
 */
export async function receive(service: Receiving, command: ReceiveCommand): Promise<ReceivedMessage[]> {
  const tellTime = timeTeller(service);
  try {
    return await lookUntilFound(service, command, tellTime);
  } finally {
    tellTime();
  }
}

/**
 * What the deployment takes from the wait of a receive, in milliseconds, while receives take most of the processes that
 * they may: a caller that got nothing should pause so long before it asks again.
 *
 * @throws QueueError `QueueNotFound`
 * @remarks Cost: none, behind a receive.
 */
export async function waitTakenMs(
  service: Using<'settings' | 'waits' | 'routes'>,
  command: ReceiveCommand,
): Promise<number> {
  const { settings, waits } = service;
  if (settings.receiveProcessesMax === undefined) return 0;
  const { queue } = await service.routes.get(command.queue);
  const askedMs = Math.min(command.waitMs ?? queue.settings.waitMs, waits.mostMs);
  return askedMs === 0 ? 0 : Math.max(0, askedMs - (await waits.longestMs()));
}

/** Tells the load how long this process has been at a receive since it told it last. */
function timeTeller({ clock, load, settings }: Using<'clock' | 'load' | 'settings'>): () => void {
  // Without a limit of the processes of receives their time is not needed.
  if (settings.receiveProcessesMax === undefined) return () => {};
  let toldMs = clock.nowMs();
  return () => {
    const nowMs = clock.nowMs();
    load.addReceiving(nowMs - toldMs);
    toldMs = nowMs;
  };
}

async function lookUntilFound(
  service: Receiving,
  command: ReceiveCommand,
  tellTime: () => void,
): Promise<ReceivedMessage[]> {
  let held = await service.routes.get(command.queue);
  const startMs = service.clock.nowMs();
  const askedMs = command.waitMs ?? held.queue.settings.waitMs;
  const claims = new Claims(service, command.bytesOf);
  const { messages } = claims;
  let sinceMs = startMs;
  let places = service.dueHints.order(placesOf(held.queue, startMs, command.among));
  await lookAt(service, command, { claims, held, places, isConsistent: true });
  for (let attempt = 0; messages.length === 0 && !isEnded(command); attempt++) {
    const untilMs = await endOfWait(service, startMs, askedMs);
    if (sinceMs >= untilMs) break;
    const signal = command.caller === undefined ? {} : { signal: command.caller.waitEnd };
    const awaited = placesOf(held.queue, untilMs, command.among).map((place) => place.shard);
    // The queue may be deleted meanwhile: then reading its route ends the wait.
    const pauseMs = claims.hasMissed ? MISSED_PAUSE_MS : ROUTE_FRESH_MS;
    const nowMs = service.clock.nowMs();
    const pausedMs = Math.min(untilMs, nowMs + pauseMs) as EpochMs;
    const quietMs = service.quiet.quietMs(held.queue.id, nowMs);
    const shards = await service.arrivals.wait(awaited, { sinceMs, untilMs: pausedMs, attempt, quietMs, ...signal });
    tellTime();
    if (shards.length === 0 && (pausedMs === untilMs || isEnded(command))) break;
    sinceMs = service.clock.nowMs();
    held = await service.routes.get(command.queue);
    places = placesOf(held.queue, sinceMs, command.among).filter(
      ({ shard }) => shards.includes(shard) || claims.isWorthAnother(shard),
    );
    await lookAt(service, command, { claims, held, places, isConsistent: false });
  }
  service.quiet.note(held.queue.id, messages.length, startMs);
  if (messages.length === 0) claims.refuseIfMissed();
  return messages;
}

/** When a wait of `askedMs` ends. The deployment may shorten it. */
async function endOfWait(service: Using<'waits'>, startMs: EpochMs, askedMs: number): Promise<EpochMs> {
  const waitMs = askedMs === 0 ? 0 : Math.min(askedMs, await service.waits.longestMs());
  return (startMs + waitMs) as EpochMs;
}

async function lookAt(
  service: Receiving,
  command: ReceiveCommand,
  { claims, ...look }: Omit<Look, 'max' | 'leaseMs'> & { readonly claims: Claims },
): Promise<void> {
  const visibilityMs = command.visibilityMs ?? look.held.queue.settings.visibilityMs;
  // A lease without any time would be over before its messages could be answered.
  const leaseMs = Math.max(visibilityMs, service.shards.leaseFloorMs, LEASE_LEFT_MS_MIN);
  await claims.tryAll({ ...look, max: command.max, leaseMs });
  const { messages } = claims;
  service.load.addToQueue(look.held.queue.id, { messages: messages.length });
  const queueId = look.held.queue.id;
  if (messages.length > 0) service.onReceived?.({ queueId, messages, holder: command.holder });
  if (leaseMs > visibilityMs) await nackTo(service, command.queue, messages, visibilityMs);
}

async function nackTo(
  service: Receipts,
  queue: string,
  messages: readonly ReceivedMessage[],
  visibilityMs: number,
): Promise<void> {
  if (messages.length === 0) return;
  try {
    await changeVisibility(service, { queue, entries: messages.map(({ receipt }) => ({ receipt, visibilityMs })) });
  } catch (error) {
    // The caller gets its messages all the same, for as long as they are leased: a refusal would count as a receive.
    if (!(error instanceof QueueError)) throw error;
  }
}

const isEnded = ({ caller }: ReceiveCommand): boolean => caller?.waitEnd.aborted === true;

const placesOf = (queue: Queue, untilMs: EpochMs, among: ReceiveCommand['among']): ReceivableShard[] =>
  receivableShards(queue.route, untilMs)
    .filter((shard) => among?.(queue.route.shards.indexOf(shard)) ?? true)
    .map((shard) => ({
      shard: shardKey(queue.id, shard.id),
      weight: weightOf(shard),
      fromMs: shard.fromMs,
    }));
