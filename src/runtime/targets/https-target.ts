import { createHash } from 'node:crypto';
import type { QueueId } from '../../model/ids.ts';
import { HOPS, hopsOf } from '../../model/push/index.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PushAnswer, PushCall, PushMessage, PushTarget } from '../../ports/push-target.ts';
import { isoTime } from '../../protocols/rest/times.ts';
import { VERSION } from '../../protocols/rest/version.ts';
import type { Owner } from '../../protocols/sqs/queue-names.ts';
import { encodedCall } from './encoded-call.ts';
import type { HttpsPost } from './https-exchange.ts';
import { webhookHeaders } from './webhook-signature.ts';

export interface HttpsTargetOptions {
  readonly owner: Owner;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** The secrets that sign for a queue, each `whsec_` and Base64; none: its requests are not signed. May reject. */
  readonly keysOf: (queueId: QueueId) => Promise<readonly string[]>;
  /** `HttpsSender.send`, here or in a function without rights. */
  readonly send: (post: HttpsPost) => Promise<PushAnswer>;
}

/**
 * Posts messages to an endpoint: the batch in JSON, or in the format `raw` the body of a single message as it is.
 * @see docs/webhooks.md
 */
export class HttpsTarget implements PushTarget {
  readonly #options: HttpsTargetOptions;

  constructor(options: HttpsTargetOptions) {
    this.#options = options;
  }

  async call(call: PushCall): Promise<PushAnswer> {
    const { owner, clock, send } = this.#options;
    const { to, queueName, messages, timeoutMs } = call;
    if (to.kind !== 'https') return { end: { kind: 'addressRefused' } };
    const keys = await this.#keysOf(call);
    // An endpoint that verifies signatures would refuse the request. Others must not get used to unsigned ones.
    if (keys === undefined) return { end: { kind: 'notSigned' } };
    const [single] = messages.length === 1 ? messages : [];
    const isRaw = call.format === 'raw' && single !== undefined;
    const body = isRaw ? single.body : encodedCall(call, owner);
    const signed = { id: idOf(messages), nowMs: clock.nowMs(), body };
    const headers = {
      'user-agent': `RewindMQ/${VERSION}`,
      'content-type': isRaw && !isJson(body) ? 'text/plain; charset=utf-8' : 'application/json',
      'x-rewindmq-queue': queueName,
      'x-rewindmq-message-count': String(messages.length),
      // A batch is as far round as its message that is furthest.
      [HOPS]: String(1 + Math.max(...messages.map(({ attributes }) => hopsOf(attributes)))),
      ...(single === undefined ? {} : messageHeaders(single)),
      ...webhookHeaders(signed, keys),
    };
    return await send({ url: to.url, headers, body, timeoutMs });
  }

  /** `undefined`: they cannot be read at the moment. */
  async #keysOf({ queueId }: PushCall): Promise<readonly string[] | undefined> {
    try {
      return await this.#options.keysOf(queueId);
    } catch {
      return undefined;
    }
  }
}

const messageHeaders = ({ id, receiveCount, sentAtMs, rewoundBy }: PushMessage): Record<string, string> => ({
  'x-rewindmq-message-id': id,
  'x-rewindmq-receive-count': String(receiveCount),
  'x-rewindmq-sent-at': isoTime(sentAtMs),
  ...(rewoundBy === undefined ? {} : { 'x-rewindmq-rewound-by': rewoundBy }),
});

/** The id of a message; the same for each try of the same batch. */
function idOf(messages: readonly PushMessage[]): string {
  const [first, ...others] = messages;
  if (first !== undefined && others.length === 0) return first.id;
  const hash = createHash('sha256');
  for (const { id } of messages) hash.update(id);
  return `batch_${hash.digest('hex').slice(0, 32)}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
