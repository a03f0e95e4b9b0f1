import type { AccessKeys } from '../engine/index.ts';
import type { AccessKey } from '../model/access-key.ts';
import type { Clock } from '../ports/clock.ts';
import type { HttpEvent } from '../ports/http-event.ts';
import { isSignedWith, readSignature, type SignedRequest } from './signature.ts';

/** Why a call was refused. */
export type Refused = 'missing' | 'incomplete' | 'unknownKey' | 'wrongSignature' | 'expired' | 'notYet' | 'wrongScope';

/** Verifies the caller. As with SQS, a request is accepted within 15 minutes of its date. */
export class KeyCheck {
  readonly #keys: AccessKeys;
  readonly #clock: Clock;

  constructor(keys: AccessKeys, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /**
   * Returns the key that signed this call for `service` (`sqs`, `execute-api`).
   * @remarks Cost: see `AccessKeys.find`
   */
  async check(event: HttpEvent, service: string): Promise<AccessKey | Refused> {
    const request = signedRequest(event);
    const claim = readSignature(request);
    if (typeof claim === 'string') return claim;
    if (claim.service !== service || claim.region === '') return 'wrongScope';
    const ageMs = this.#clock.nowMs() - claim.atMs;
    const ageMsMax = claim.expiresSeconds === undefined ? WINDOW_MS : claim.expiresSeconds * 1_000;
    if (ageMs > ageMsMax) return 'expired';
    if (ageMs < -WINDOW_MS) return 'notYet';
    const found = await this.#keys.find(claim.keyId);
    if (found === undefined) return 'unknownKey';
    return (await isSignedWith(request, claim, found.secret)) ? found.key : 'wrongSignature';
  }
}

/** A signature may be this old, and a caller's clock this far ahead, as with SQS. */
const WINDOW_MS = 15 * 60_000;

function signedRequest(event: HttpEvent): SignedRequest {
  const { rawPath, rawQueryString, headers, body = '', isBase64Encoded, requestContext } = event;
  return {
    method: requestContext.http.method,
    path: rawPath,
    query: rawQueryString,
    headers,
    body: isBase64Encoded === true ? Buffer.from(body, 'base64') : body,
  };
}
