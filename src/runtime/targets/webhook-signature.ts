import { createHmac } from 'node:crypto';
import type { EpochMs } from '../../model/brand.ts';

/** What is signed. */
interface Signable {
  /** The same for each try, so that the endpoint can recognize a repetition. */
  readonly id: string;
  readonly nowMs: EpochMs;
  readonly body: string;
}

const PREFIX = 'whsec_';

/**
 * The headers that sign a request in the form of Standard Webhooks (https://www.standardwebhooks.com). During a
 * rotation there are several keys, and a signature by each. An endpoint accepts the one that it knows.
 *
 * @param keys - each is `whsec_` and Base64, as endpoints have it
 */
export function webhookHeaders({ id, nowMs, body }: Signable, keys: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signatures = keys.map((key) => {
    const secret = Buffer.from(key.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  const signature = keys.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') };
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, ...signature };
}
