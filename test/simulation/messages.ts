import type { EpochMs } from '../../src/model/brand.ts';
import { type Delivery, messageCount, messageIdAt } from '../../src/model/delivery.ts';
import { type BlockId, type DeliveryKey, isSetAside, type MessageId, type ShardKey } from '../../src/model/ids.ts';
import type { ReceiptText } from '../../src/model/receipt.ts';

/** A consumer with a message, until its lease ends or it releases the message. */
export interface Hold {
  readonly receipt: ReceiptText;
  /** Until when no other consumer may have the message. */
  untilMs: number;
}

export interface Place {
  readonly shard: ShardKey;
  /** When the message entered the shard's queue. */
  readonly enteredAtMs: EpochMs;
}

/** What is known of one message: from outside by calls and answers, from inside by the stores' content. */
export interface MessageRecord {
  readonly id: MessageId;
  body?: string;
  /** When it first becomes visible, by its sender's delay. */
  visibleAtMs?: EpochMs;
  /** The block with its payload. */
  block?: BlockId;
  /** Its first place. */
  first?: Place;
  /** Its present or last place: in the newest of its deliveries. */
  now?: Place;
  /** When the send was answered with the id, by the world's clock. */
  acknowledgedAtMs?: EpochMs;
  /** Its delete was called; only then may it be consumed. */
  isDeleteCalled: boolean;
  /** Its delete was answered with success. */
  deletedAtMs?: EpochMs;
  readonly holds: Hold[];
  /** Where it is outstanding, by delivery and index, the newest last: copies of lost claims soon leave. */
  readonly holders: Map<string, Place>;
  /** Shards in which it was consumed: one, or several after a double; empty if it was not. */
  readonly consumedIn: Set<ShardKey>;
  isPurged: boolean;
  /** A bit of what holds its body was flipped: it is set aside, unless it was received before. */
  isDamaged: boolean;
  /** It left its last delivery, and nobody had consumed it. */
  isGone: boolean;
  /** A fault struck an operation on it: it may come twice, but never get lost. */
  isExcused: boolean;
}

/** In a delivery whose time never comes, because it cannot be read. */
export const isAside = ({ holders }: MessageRecord): boolean =>
  [...holders.keys()].some((holder) => isSetAside(holder.split('/')[0] as DeliveryKey));

export const isConsumed = (message: MessageRecord): boolean => message.consumedIn.size > 0;

/** All messages that ever were in a delivery or an answer. */
export class Messages {
  readonly #records = new Map<MessageId, MessageRecord>();
  readonly #ofDelivery = new Map<DeliveryKey, readonly MessageRecord[]>();

  get all(): Iterable<MessageRecord> {
    return this.#records.values();
  }

  get(id: MessageId): MessageRecord {
    const known = this.#records.get(id);
    if (known !== undefined) return known;
    const record: MessageRecord = {
      id,
      isDeleteCalled: false,
      holds: [],
      holders: new Map(),
      consumedIn: new Set(),
      isPurged: false,
      isDamaged: false,
      isGone: false,
      isExcused: false,
    };
    this.#records.set(id, record);
    return record;
  }

  find(id: MessageId): MessageRecord | undefined {
    return this.#records.get(id);
  }

  /** The messages of a delivery by index; they stay the same during its life. */
  of(delivery: Delivery): readonly MessageRecord[] {
    const known = this.#ofDelivery.get(delivery.key);
    if (known !== undefined) return known;
    const records = Array.from({ length: messageCount(delivery) }, (_, index) => {
      const id = messageIdAt(delivery, index);
      if (id === undefined) throw new Error(`${delivery.key} refers to the archive, and nothing was rewound`);
      return this.get(id);
    });
    this.#ofDelivery.set(delivery.key, records);
    return records;
  }

  ofKey(key: DeliveryKey): readonly MessageRecord[] {
    return this.#ofDelivery.get(key) ?? [];
  }
}
