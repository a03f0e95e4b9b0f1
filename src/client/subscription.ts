import type {
  GetSubscriptionAnswer,
  PauseSubscriptionAnswer,
  PutSubscriptionAnswer,
  PutSubscriptionRequest,
  ResumeSubscriptionAnswer,
} from './api.d.ts';
import type { Call, Caller, CallOptions } from './caller.ts';

/** The subscription of a queue: it pushes messages to a target. Every method throws `RewindMqError`. */
export class QueueSubscription {
  readonly #caller: Caller;
  readonly #path: string;

  constructor(caller: Caller, queuePath: string) {
    this.#caller = caller;
    this.#path = `${queuePath}/subscription`;
  }

  /** Subscribes a target, or replaces the subscription. */
  put(subscription: PutSubscriptionRequest, options?: CallOptions): Promise<PutSubscriptionAnswer> {
    return this.#call('PUT', '', { body: subscription, ...options });
  }

  show(options?: CallOptions): Promise<GetSubscriptionAnswer> {
    return this.#call('GET', '', options);
  }

  /** Begins no new call; calls that run end. */
  pause(options?: CallOptions): Promise<PauseSubscriptionAnswer> {
    return this.#call('POST', '/pause', options);
  }

  resume(options?: CallOptions): Promise<ResumeSubscriptionAnswer> {
    return this.#call('POST', '/resume', options);
  }

  /** Ends the subscription; its messages stay in the queue. */
  async delete(options?: CallOptions): Promise<void> {
    await this.#call('DELETE', '', options);
  }

  #call<Answer>(method: Call['method'], path: string, call: Omit<Call, 'method' | 'path'> = {}): Promise<Answer> {
    return this.#caller.call({ method, path: this.#path + path, ...call });
  }
}
