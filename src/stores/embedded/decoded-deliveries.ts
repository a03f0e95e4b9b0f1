import type { Delivery } from '../../model/delivery.ts';
import { type DeliveryKey, QUEUE_ID_LENGTH, SHARD_ID_LENGTH } from '../../model/ids.ts';
import { decodeDelivery } from './delivery-codec.ts';
import type { Image } from './embedded-feed.ts';

const SHARD_KEY_LENGTH = QUEUE_ID_LENGTH + SHARD_ID_LENGTH;
/** A delivery takes at most a kilobyte with its payload, and is needed again within moments or not at all. */
const DELIVERIES_MAX = 4_096;

/**
 * Decodes deliveries, and recent ones only once. Each delivery is listed, taken over and removed within a few commits,
 * and the head of a busy shard is listed many times meanwhile. The stored bytes decide: other bytes are decoded again,
 * so this cache is never stale.
 */
export class DecodedDeliveries {
  readonly #recent = new Map<string, Image>();

  /** @param key - shard key and delivery key. @throws DecodeError when the bytes are damaged */
  decode(key: string, bytes: Uint8Array): Delivery {
    const known = this.#recent.get(key);
    if (known !== undefined && Buffer.compare(known.bytes, bytes) === 0) return known.delivery;
    const delivery = decodeDelivery(key.slice(SHARD_KEY_LENGTH) as DeliveryKey, bytes);
    this.remember(key, { delivery, bytes: Buffer.from(bytes) });
    return delivery;
  }

  /** A delivery written now need not be decoded when it is read. Neither it nor its bytes may change afterwards. */
  remember(key: string, image: Image): void {
    if (this.#recent.size >= DELIVERIES_MAX) this.#forgetOldest();
    this.#recent.set(key, image);
  }

  forget(key: string): void {
    this.#recent.delete(key);
  }

  #forgetOldest(): void {
    const [oldest] = this.#recent.keys();
    if (oldest !== undefined) this.#recent.delete(oldest);
  }
}
