import type { Brand, EpochMs } from './brand.ts';
import { SET_ASIDE_MS } from './limits.ts';
import { fromSortableText, INSTANT_LENGTH, instantText, textInstant, toSortableText } from './sortable-text.ts';

/** Immutable id of a queue, random: a name created again gets another one and never sees old messages. */
export type QueueId = Brand<string, 'QueueId'>;
/** Names a cell (two characters) and the shard's number in its queue (three). */
export type ShardId = Brand<string, 'ShardId'>;
export type CellId = Brand<string, 'CellId'>;
/** Queue id and shard id: the partition key of the shard's deliveries. */
export type ShardKey = Brand<string, 'ShardKey'>;
/** When a delivery becomes visible, then its random id: the sort key, so that a shard is ordered by time. */
export type DeliveryKey = Brand<string, 'DeliveryKey'>;
/** Random part of a delivery key; the first delivery of a message gives its id to the message's origin. */
export type DeliveryId = Brand<string, 'DeliveryId'>;
/** When its messages were sent, the id of their first delivery, the cell it lies in. */
export type BlockId = Brand<string, 'BlockId'>;
/** A UUID that follows from the message's origin: see `message-id.ts`. */
export type MessageId = Brand<string, 'MessageId'>;
export type RewindId = Brand<string, 'RewindId'>;
/** When the purge was, then random. */
export type PurgeId = Brand<string, 'PurgeId'>;

// Characters of 6 bits: 60 bits of a queue and 48 of a delivery are random, a shard is a cell and a number.
export const QUEUE_ID_LENGTH = 10;
export const SHARD_ID_LENGTH = 5;
export const DELIVERY_ID_LENGTH = 8;
export const DELIVERY_KEY_LENGTH = INSTANT_LENGTH + DELIVERY_ID_LENGTH;
export const CELL_ID_LENGTH = 2;
/** Characters of an index or a count. */
export const INDEX_LENGTH = 2;
/** The last number that a cell id can say. */
export const CELL_NUMBER_MAX = 64 ** CELL_ID_LENGTH - 1;
/** What an index or a count can say in an id, a receipt or a payload. */
export const INDEX_MAX = 64 ** INDEX_LENGTH - 1;

/** Numbers that a shard id can say: 18 bits. */
export const SHARD_NUMBERS = 64 ** (SHARD_ID_LENGTH - CELL_ID_LENGTH);

/** Of no queue: ids of queues are random, and none is the lowest there is. */
export const NO_QUEUE = toSortableText(0, QUEUE_ID_LENGTH) as QueueId;

export const cellId = (number: number): CellId => toSortableText(number, CELL_ID_LENGTH) as CellId;
export const shardId = (cell: CellId, number: number): ShardId =>
  (cell + toSortableText(number, SHARD_ID_LENGTH - CELL_ID_LENGTH)) as ShardId;
export const shardNumber = (shard: ShardId): number => fromSortableText(shard.slice(CELL_ID_LENGTH)) ?? Number.NaN;
export const cellOfShard = (shard: ShardId): CellId => shard.slice(0, CELL_ID_LENGTH) as CellId;

export const shardKey = (queue: QueueId, shard: ShardId): ShardKey => (queue + shard) as ShardKey;
export const queueOfShard = (key: ShardKey): QueueId => key.slice(0, QUEUE_ID_LENGTH) as QueueId;
export const shardOfKey = (key: ShardKey): ShardId => key.slice(QUEUE_ID_LENGTH) as ShardId;
export const cellOfKey = (key: ShardKey): CellId => cellOfShard(shardOfKey(key));

export const deliveryKey = (visibleAt: EpochMs, id: DeliveryId): DeliveryKey =>
  (instantText(visibleAt) + id) as DeliveryKey;
/** A source of random text. */
type RandomText = { text(length: number): string };
export const newDeliveryId = (random: RandomText): DeliveryId => random.text(DELIVERY_ID_LENGTH) as DeliveryId;
/** The key of a new delivery. */
export const newDeliveryKey = (visibleAt: EpochMs, random: RandomText): DeliveryKey =>
  deliveryKey(visibleAt, newDeliveryId(random));
export const visibleAtMs = (key: DeliveryKey): EpochMs => textInstant(key.slice(0, INSTANT_LENGTH));
export const deliveryIdOf = (key: DeliveryKey): DeliveryId => key.slice(INSTANT_LENGTH) as DeliveryId;
/** The key right after every delivery that is visible at `at` or earlier. */
export const keyAfter = (at: EpochMs): DeliveryKey => instantText((at + 1) as EpochMs) as DeliveryKey;
/** The key right before every delivery that becomes visible at `at` or later. */
export const keyFrom = (at: EpochMs): DeliveryKey => instantText(at) as DeliveryKey;
/** First key of the deliveries whose messages are damaged: they are set aside, where no receive looks. */
export const SET_ASIDE = keyFrom(SET_ASIDE_MS as EpochMs);
export const isSetAside = (key: DeliveryKey): boolean => key >= SET_ASIDE;
/** The key behind every possible delivery. */
export const KEY_END = keyFrom((2 ** 48 - 1) as EpochMs);

/** The queue of a record whose name begins with a queue id and `/`. */
export const queueOfRecord = (name: string): QueueId => name.slice(0, QUEUE_ID_LENGTH) as QueueId;

/** Where messages were sent: their shard, their first delivery, and when. It gives them their ids for good. */
export interface Origin {
  readonly shardId: ShardId;
  readonly id: DeliveryId;
  readonly sentAtMs: EpochMs;
  /** When the first delivery became visible: `sentAtMs`, or later for a delay. */
  readonly visibleAtMs: EpochMs;
}

export const blockId = (origin: Origin): BlockId =>
  (instantText(origin.sentAtMs) + origin.id + cellOfShard(origin.shardId)) as BlockId;
export const blockSentAtMs = (block: BlockId): EpochMs => textInstant(block.slice(0, INSTANT_LENGTH));
export const cellOfBlock = (block: BlockId): CellId => block.slice(-CELL_ID_LENGTH) as CellId;

/** A text that is unique for a message: its origin, and its index there. */
export const originText = (origin: Origin, index: number): string =>
  origin.shardId + instantText(origin.sentAtMs) + origin.id + numberText(index);

/** Ids begin with a letter: command lines read a leading `-`, with which instants begin until 2109, as an option. */
const REWIND_LETTER = 'r';
/** Random characters, which tell rewinds of one millisecond apart. */
const REWIND_RANDOM_LENGTH = 4;

/** Ids of rewinds sort by time. */
export const newRewindId = (startedAtMs: EpochMs, random: RandomText): RewindId =>
  (REWIND_LETTER + instantText(startedAtMs) + random.text(REWIND_RANDOM_LENGTH)) as RewindId;

export const REWIND_ID_PATTERN = new RegExp(`^${REWIND_LETTER}[-\\w]{${INSTANT_LENGTH + REWIND_RANDOM_LENGTH}}$`);

/** When a rewind began. */
export const rewindStart = (id: RewindId): EpochMs =>
  textInstant(id.slice(REWIND_LETTER.length, REWIND_LETTER.length + INSTANT_LENGTH));

/** Computed once: every receipt and every id holds some of them. */
const NUMBER_TEXTS = Array.from({ length: INDEX_MAX + 1 }, (_, value) => toSortableText(value, INDEX_LENGTH));

/** An index or a count in two sortable characters, 0 to {@link INDEX_MAX}. */
export const numberText = (value: number): string => NUMBER_TEXTS[value] ?? toSortableText(value, INDEX_LENGTH);
export const numberOf = (text: string): number => fromSortableText(text) ?? Number.NaN;
