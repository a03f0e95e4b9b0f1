import type { EpochMs } from '../../src/model/brand.ts';
import { type Delivery, messageCount, messageIdAt } from '../../src/model/delivery.ts';
import type { BlockId, DeliveryKey, MessageId, ShardKey } from '../../src/model/ids.ts';
import type { ReceiptText } from '../../src/model/receipt.ts';

/** A consumer that was given a message, until its lease ends or it gives the message back. */
export interface Hold {
  readonly receipt: ReceiptText;
  /** Until when nobody else may have the message. */
  untilMs: number;
}

export interface Place {
  readonly shard: ShardKey;
  /** When it entered the shard's queue. */
  readonly enteredAtMs: EpochMs;
}

/** What is known of one message, from outside by calls and answers, from inside by what the stores hold. */
export interface MessageRecord {
  readonly id: MessageId;
  body?: string;
  /** When it first becomes visible, by the delay that its sender gave it. */
  visibleAtMs?: EpochMs;
  /** The block that its payload lies in. */
  block?: BlockId;
  /** Where it was first put. */
  first?: Place;
  /** Where it is, or was last: in the newest of the deliveries that hold it. */
  now?: Place;
  /** By the clock of the world: when the send was answered with the id. */
  acknowledgedAtMs?: EpochMs;
  /** A delete of it was called; only then may it be consumed. */
  isDeleteCalled: boolean;
  /** A delete of it was answered with success. */
  deletedAtMs?: EpochMs;
  readonly holds: Hold[];
  /** Where it is outstanding now, by delivery and index, the newest last: copies of claims that lose soon leave. */
  readonly holders: Map<string, Place>;
  /** Shards in which it was consumed: one, or several of a double; none: it was not. */
  readonly consumedIn: Set<ShardKey>;
  isPurged: boolean;
  /** It left its last delivery, and nobody had consumed it. */
  isGone: boolean;
  /** A fault struck an operation on it: it may come twice, but never get lost. */
  isExcused: boolean;
}

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
      isGone: false,
      isExcused: false,
    };
    this.#records.set(id, record);
    return record;
  }

  find(id: MessageId): MessageRecord | undefined {
    return this.#records.get(id);
  }

  /** The messages of a delivery by index; they are the same as long as the delivery lives. */
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
