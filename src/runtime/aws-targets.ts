import type { PushDestination } from '../model/push/index.ts';
import type { PushAnswer, PushCall, PushTarget } from '../ports/push-target.ts';
import { systemClock } from './system-clock.ts';
import {
  HttpsTarget,
  type HttpsTargetOptions,
  isAllowedFunction,
  isAllowedUrl,
  LambdaTarget,
  queueUrlRefusal,
  SqsTarget,
  urlRefusal,
} from './targets/index.ts';

/** The setting `targets`: which queues may push where. */
export class AllowedTargets {
  readonly #pairs: readonly { readonly queues: string; readonly target: string }[];

  /** @param text - pairs of a queue name, or the beginning of names and `*`, and a target, as `orders*=arn:...,...` */
  constructor(text: string) {
    this.#pairs = text.split(',').map((pair) => {
      const end = pair.indexOf('=');
      return { queues: pair.slice(0, end), target: pair.slice(end + 1) };
    });
  }

  /** What the queue may push to. */
  of(queueName: string): readonly string[] {
    const isMeant = (pattern: string) =>
      pattern.endsWith('*') ? queueName.startsWith(pattern.slice(0, -1)) : pattern === queueName;
    return this.#pairs.filter(({ queues }) => isMeant(queues)).map(({ target }) => target);
  }

  /** Why the queue may not push there, in words for the user; `undefined`: it may. */
  refusal(queueName: string, to: PushDestination): string | undefined {
    const allowed = this.of(queueName);
    const missing = `is not what the setting "targets" of this deployment names for the queue "${queueName}"`;
    if (to.kind === 'file') return 'to.lambda names a file; a deployment on AWS pushes to the ARN of a function';
    if (to.kind === 'lambda') return isAllowedFunction(to.arn, allowed) ? undefined : `to.lambda ${missing}`;
    const reason = to.kind === 'https' ? urlRefusal(to.url, {}) : queueUrlRefusal(to.url, [to.url]);
    if (reason !== undefined) return `to.${to.kind} ${reason}`;
    return isAllowedUrl(new URL(to.url), allowed) ? undefined : `to.${to.kind} ${missing}`;
  }
}

/** The targets of a deployment. */
export class AwsTargets implements PushTarget {
  readonly #allowed: AllowedTargets;
  readonly #endpoints: HttpsTarget;
  readonly #functions: LambdaTarget;

  constructor(allowed: AllowedTargets, { owner, ...of }: Omit<HttpsTargetOptions, 'clock'>) {
    this.#allowed = allowed;
    this.#endpoints = new HttpsTarget({ owner, clock: systemClock, ...of });
    this.#functions = new LambdaTarget({ owner });
  }

  async call(call: PushCall): Promise<PushAnswer> {
    const { to, queueName } = call;
    // What was allowed when the subscription was put may not be so any more.
    if (this.#allowed.refusal(queueName, to) !== undefined) return { end: { kind: 'addressRefused' } };
    if (to.kind === 'https') return await this.#endpoints.call(call);
    if (to.kind === 'lambda') return await this.#functions.call(call);
    return await new SqsTarget({ allowed: this.#allowed.of(queueName) }).call(call);
  }
}
