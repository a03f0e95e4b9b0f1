import type { Delivery, Forward } from './delivery.ts';
import { DELIVERY_KEY_LENGTH, type DeliveryKey, INDEX_LENGTH, numberOf, numberText } from './ids.ts';

const ENTRY_LENGTH = INDEX_LENGTH + DELIVERY_KEY_LENGTH + INDEX_LENGTH;

/**
 * What the ledger keeps of a delivery that is gone, so that receipts find their way: the key of the one that replaced
 * it, or, for each message that went elsewhere, its index, the key it went to, and its index there.
 */
export const encodeRedirect = ({ replacedBy, forward }: Pick<Delivery, 'replacedBy' | 'forward'>): string =>
  replacedBy ?? [...forward].map(([index, to]) => numberText(index) + to.key + numberText(to.index)).join('');

/** Where the message at `index` is named next; `undefined` when the redirect does not know it. */
export function followRedirect(redirect: string, index: number): Forward | undefined {
  if (redirect.length === DELIVERY_KEY_LENGTH) return { key: redirect as DeliveryKey, index };
  for (let start = 0; start < redirect.length; start += ENTRY_LENGTH) {
    const keyStart = start + INDEX_LENGTH;
    const keyEnd = keyStart + DELIVERY_KEY_LENGTH;
    if (numberOf(redirect.slice(start, keyStart)) !== index) continue;
    const key = redirect.slice(keyStart, keyEnd) as DeliveryKey;
    return { key, index: numberOf(redirect.slice(keyEnd, start + ENTRY_LENGTH)) };
  }
  return undefined;
}
