import type { EpochMs } from '../../model/brand.ts';
import {
  type Delivery,
  dueAtMs,
  enteredAtMs,
  locate,
  outstandingIndexes,
  type Part,
  totalReceives,
} from '../../model/delivery.ts';
import {
  DELIVERY_KEY_LENGTH,
  type DeliveryKey,
  INDEX_LENGTH,
  isSetAside,
  KEY_END,
  keyAfter,
  keyFrom,
  type MessageId,
  numberOf,
  numberText,
  type QueueId,
  type RewindId,
  SET_ASIDE,
  SHARD_ID_LENGTH,
  type ShardId,
  shardKey,
} from '../../model/ids.ts';
import { ANSWER_BYTES_MAX, HEAD_DELIVERIES } from '../../model/limits.ts';
import { NO_ATTRIBUTES } from '../../model/message.ts';
import { Reach } from '../../model/reach.ts';
import type { RouteShard } from '../../model/route.ts';
import { isSortableText } from '../../model/sortable-text.ts';
import type { ListRange } from '../../ports/shard-store.ts';
import {
  AnswerRoom,
  contentsOf,
  damageOf,
  fetchSources,
  type IdentifiedMessage,
  identityOf,
  locationOf,
  type ReadMessage,
  readContents,
  type Selection,
} from '../deliveries/index.ts';
import type { Contents, Lookup } from '../service.ts';
import { foreignCursor } from './cursor.ts';
import { peekDeleted } from './peek-deleted.ts';

export type MessageState = 'ready' | 'delayed' | 'inFlight' | 'damaged' | 'deleted';

/** A message as a look shows it. A look leases nothing and counts nothing. */
export interface SeenMessage extends IdentifiedMessage {
  readonly state: MessageState;
  /** When it becomes, or became, visible. */
  readonly visibleAtMs: EpochMs;
  readonly receiveCount: number;
  readonly firstReceivedAtMs?: EpochMs;
  readonly rewoundBy?: RewindId;
  readonly deadLetteredFrom?: QueueId;
  readonly deadLetteredAtMs?: EpochMs;
  readonly deletedAtMs?: EpochMs;
  /** Why the message cannot be read. It has no body here. */
  readonly damage?: string;
}

export interface PeekCommand {
  readonly queue: string;
  readonly state: MessageState;
  /** Only messages that become, or became, visible from then on. */
  readonly fromMs?: EpochMs;
  /** 1 to 1,000. */
  readonly limit: number;
  readonly cursor?: string;
}

/** Where a look continues: at a message of a delivery of a shard. */
interface Cursor {
  readonly shard: ShardId;
  readonly key: DeliveryKey;
  readonly index: number;
}

/**
 * Looks at messages of one state, shard by shard, in the order of their times. An empty page may still have a cursor. A
 * look is no snapshot: a message that moves meanwhile may show twice or not at all. A page is no larger than the answer
 * of a receive.
 *
 * @throws QueueError `QueueNotFound`, `InvalidField` for a foreign cursor, `Throttled`, `Unavailable`
 * @remarks Cost: one page of deliveries, and their blocks; also the head of each shard for messages in flight, and for
 * those that became ready since a moment.
 */
export async function peek(
  service: Lookup,
  command: PeekCommand,
): Promise<{ messages: SeenMessage[]; cursor?: string }> {
  const { queue } = await service.routes.get(command.queue);
  if (command.state === 'deleted') return await peekDeleted(service, queue, command);
  const nowMs = service.clock.nowMs();
  const named = command.cursor === undefined ? undefined : parseCursor(command.cursor);
  // By id: the cursor leads on though its shard has left the route since.
  const shards = queue.route.shards.toSorted(byId);
  const position = named === undefined ? 0 : shards.findIndex(({ id }) => id >= named.shard);
  const shard = shards[position];
  if (shard === undefined) return { messages: [] };
  const cursor = named?.shard === shard.id ? named : undefined;
  const range = rangeOf(command, shard, nowMs);
  const isBeforeRange = cursor === undefined || cursor.key < range.from;
  const shardFrom = keyFrom(shard.fromMs ?? (0 as EpochMs));
  const headFrom = cursor === undefined || cursor.key < shardFrom ? shardFrom : cursor.key;
  const key = shardKey(queue.id, shard.id);
  const list = (part: Pick<ListRange, 'from' | 'before' | 'limit'>) =>
    service.shards.list(key, { ...part, isConsistent: false });
  const [page, head] = await Promise.all([
    list({ ...range, from: isBeforeRange ? range.from : cursor.key, limit: command.limit }),
    isBeforeRange && headFrom < range.from && hasHead(command)
      ? list({ from: headFrom, before: range.from, limit: HEAD_DELIVERIES })
      : undefined,
  ]);
  const found = [...(head?.deliveries ?? []), ...page.deliveries].map((delivery) => ({
    delivery,
    indexes: shownIndexes(delivery, { command, shard, nowMs }).filter(
      (index) => delivery.key !== cursor?.key || index >= cursor.index,
    ),
  }));
  const { messages, cut } = await readFitting(service, found, { limit: command.limit, nowMs });
  const next = nextCursor({ cut, pageNext: page.next, shard, nextShard: shards[position + 1] });
  return next === undefined ? { messages } : { messages, cursor: encodeCursor(next) };
}

const byId = (one: RouteShard, other: RouteShard): number => (one.id < other.id ? -1 : 1);

/** The state of the outstanding messages of a delivery. */
export function stateOf(delivery: Delivery, nowMs: EpochMs): MessageState {
  if (isSetAside(delivery.key)) return 'damaged';
  if (dueAtMs(delivery) <= nowMs) return 'ready';
  return delivery.receiveCount === 0 ? 'delayed' : 'inFlight';
}

/** Reads a message to show; `undefined` when its block is gone. */
export async function readSeen(
  service: Contents,
  { delivery, index }: { readonly delivery: Delivery; readonly index: number },
  nowMs: EpochMs,
): Promise<SeenMessage | undefined> {
  const [[content] = []] = await readContents(service, [{ delivery, indexes: [index] }]);
  return content === undefined || content === 'gone' ? undefined : seenMessage(delivery, index, content, nowMs);
}

interface Shown {
  readonly messages: SeenMessage[];
  /** The first message that did not fit. */
  readonly cut?: { readonly delivery: Delivery; readonly index: number };
}

/**
 * Reads the messages that fit a page, and skips those whose block is gone. Their blocks and slices are fetched at once,
 * so the bytes are counted first. Deliveries are unpacked one by one until the answer is full.
 */
async function readFitting(
  service: Contents,
  found: readonly Selection[],
  { limit, nowMs }: { readonly limit: number; readonly nowMs: EpochMs },
): Promise<Shown> {
  const { fetched, rest } = withinPage(found, limit);
  const sources = await fetchSources(service, fetched);
  const messages: SeenMessage[] = [];
  const room = new AnswerRoom();
  for (const { delivery, indexes } of fetched) {
    for (const [position, content] of contentsOf({ delivery, indexes }, sources).entries()) {
      const index = indexes[position];
      if (index === undefined || content === 'gone') continue;
      const message = seenMessage(delivery, index, content, nowMs);
      if (messages.length >= limit || !room.tryAdd(message)) return { messages, cut: { delivery, index } };
      messages.push(message);
    }
  }
  return rest === undefined ? { messages } : { messages, cut: rest };
}

/** The messages that one page reads, and the first one left out. */
function withinPage(
  found: readonly Selection[],
  limit: number,
): { readonly fetched: Selection[]; readonly rest?: { readonly delivery: Delivery; readonly index: number } } {
  const reach = new Reach(ANSWER_BYTES_MAX);
  const fetched: Selection[] = [];
  let left = limit;
  for (const { delivery, indexes } of found) {
    const kept = left > 0 ? reach.within(delivery, indexes) : [];
    fetched.push({ delivery, indexes: kept });
    left -= kept.length;
    const index = indexes[kept.length];
    if (index !== undefined) return { fetched, rest: { delivery, index } };
  }
  return { fetched };
}

function seenMessage(delivery: Delivery, index: number, content: ReadMessage | 'damaged', nowMs: EpochMs): SeenMessage {
  const { part, offset } = locate(delivery, index);
  const { firstReceivedAtMs, rewoundBy, deadLetteredFrom } = part;
  const message = content === 'damaged' ? withoutBody(part, offset, delivery) : content;
  return {
    ...message,
    ...identityOf(part, offset, message),
    state: stateOf(delivery, nowMs),
    visibleAtMs: isSetAside(delivery.key) ? enteredAtMs(part) : dueAtMs(delivery),
    receiveCount: totalReceives(delivery, part),
    ...(firstReceivedAtMs === undefined ? {} : { firstReceivedAtMs }),
    ...(rewoundBy === undefined ? {} : { rewoundBy }),
    ...(deadLetteredFrom === undefined ? {} : { deadLetteredFrom, deadLetteredAtMs: enteredAtMs(part) }),
  };
}

/** What is known of an unreadable message. The slice of an archived message held its id, so its position stands in. */
function withoutBody(part: Part, offset: number, delivery: Delivery): ReadMessage & Pick<SeenMessage, 'damage'> {
  const place = locationOf(part, delivery);
  const nothing = { body: '', attributes: NO_ATTRIBUTES, damage: damageOf(part, delivery) };
  if (part.kind !== 'archive') return nothing;
  return { ...nothing, id: `${place}, message ${part.first + offset}` as MessageId, sentAtMs: part.enteredAtMs };
}

interface Looking {
  readonly command: PeekCommand;
  readonly shard: RouteShard;
  readonly nowMs: EpochMs;
}

function shownIndexes(delivery: Delivery, { command, shard, nowMs }: Looking): number[] {
  if (stateOf(delivery, nowMs) !== command.state || dueAtMs(delivery) < (command.fromMs ?? 0)) return [];
  return outstandingIndexes(delivery).filter(
    (index) => shard.fromMs === undefined || enteredAtMs(locate(delivery, index).part) >= shard.fromMs,
  );
}

/** Leases in place lie before the range: those that run are in flight, and those that have ended are ready. */
const hasHead = ({ state }: PeekCommand): boolean => state === 'inFlight' || state === 'ready';

/** Ready messages are due; delayed messages and those in flight are not. Leases in place lie at the head besides. */
function rangeOf(command: PeekCommand, shard: RouteShard, nowMs: EpochMs): { from: DeliveryKey; before: DeliveryKey } {
  const from = keyFrom(Math.max(command.fromMs ?? 0, shard.fromMs ?? 0) as EpochMs);
  if (command.state === 'damaged') return { from: SET_ASIDE, before: KEY_END };
  if (command.state === 'ready') return { from, before: keyAfter(nowMs) };
  const now = keyAfter(nowMs);
  return { from: from < now ? now : from, before: SET_ASIDE };
}

function nextCursor(at: {
  readonly cut: { readonly delivery: Delivery; readonly index: number } | undefined;
  readonly pageNext: DeliveryKey | undefined;
  readonly shard: RouteShard;
  readonly nextShard: RouteShard | undefined;
}): Cursor | undefined {
  if (at.cut !== undefined) return { shard: at.shard.id, key: at.cut.delivery.key, index: at.cut.index };
  if (at.pageNext !== undefined) return { shard: at.shard.id, key: at.pageNext, index: 0 };
  return at.nextShard === undefined ? undefined : { shard: at.nextShard.id, key: START, index: 0 };
}

const START = keyFrom(0 as EpochMs).padEnd(DELIVERY_KEY_LENGTH, '-') as DeliveryKey;

/** A command line takes a text that begins with `-` for an option, and a shard id may begin with it. */
const CURSOR_LETTER = 'c';

const encodeCursor = ({ shard, key, index }: Cursor): string =>
  CURSOR_LETTER + shard + key.padEnd(DELIVERY_KEY_LENGTH, '-') + numberText(index);

function parseCursor(text: string): Cursor {
  const inner = text.slice(CURSOR_LETTER.length);
  const isWhole = inner.length === SHARD_ID_LENGTH + DELIVERY_KEY_LENGTH + INDEX_LENGTH && isSortableText(inner);
  if (!text.startsWith(CURSOR_LETTER) || !isWhole) throw foreignCursor(text);
  const shard = inner.slice(0, SHARD_ID_LENGTH) as ShardId;
  const key = inner.slice(SHARD_ID_LENGTH, SHARD_ID_LENGTH + DELIVERY_KEY_LENGTH) as DeliveryKey;
  return { shard, key, index: numberOf(inner.slice(-INDEX_LENGTH)) };
}
