import type { PushDestination } from '../model/push/index.ts';
import type { PushAnswer, PushCall, PushTarget } from '../ports/push-target.ts';
import { FileTarget } from './handlers/index.ts';
import type { Log } from './log.ts';
import { systemClock } from './system-clock.ts';
import {
  HttpsSender,
  HttpsTarget,
  type HttpsTargetOptions,
  isAllowedFunction,
  LambdaTarget,
  queueUrlRefusal,
  SqsTarget,
  urlRefusal,
} from './targets/index.ts';

/** What a server on this machine may push to. */
export interface TargetOptions {
  /** Queues may push to functions that files in this directory export. @default none */
  readonly handlers?: string | undefined;
  /**
   * What queues may push to beside files and public HTTPS endpoints: origins like `http://127.0.0.1:3000`, URLs of
   * queues, and ARNs of functions, which may end in `*`. @default none
   */
  readonly allowedTargets?: readonly string[];
}

interface TargetSurroundings extends Pick<HttpsTargetOptions, 'owner' | 'keysOf'> {
  readonly log: Log;
  /** Notes how each call ended. */
  readonly failures?: { note(call: PushCall, answer: PushAnswer): void };
}

/** The targets of a server on this machine. */
export class LocalTargets implements PushTarget {
  readonly #files: FileTarget | undefined;
  readonly #sender: HttpsSender;
  readonly #endpoints: HttpsTarget;
  readonly #functions: LambdaTarget;
  readonly #queues: SqsTarget;
  readonly #allowed: readonly string[];
  readonly #failures: TargetSurroundings['failures'];

  constructor({ handlers, allowedTargets = [] }: TargetOptions, { owner, log, keysOf, failures }: TargetSurroundings) {
    this.#failures = failures;
    this.#allowed = allowedTargets;
    this.#files = handlers === undefined ? undefined : new FileTarget({ directory: handlers, owner, log });
    this.#sender = new HttpsSender({ allowedOrigins: allowedTargets });
    const send: HttpsSender['send'] = (post) => this.#sender.send(post);
    this.#endpoints = new HttpsTarget({ owner, clock: systemClock, keysOf, send });
    this.#functions = new LambdaTarget({ owner });
    this.#queues = new SqsTarget({ allowed: allowedTargets });
  }

  /** Why nothing may be pushed there; `undefined`: it may. */
  refusal(to: PushDestination): string | undefined {
    if (to.kind === 'file') {
      if (this.#files !== undefined) return undefined;
      return 'to.lambda names a file, and this server runs none: start it with --handlers <directory>';
    }
    if (to.kind === 'lambda') {
      if (isAllowedFunction(to.arn, this.#allowed)) return undefined;
      return 'to.lambda is not allowed on this server: start it with --allow-target <ARN>';
    }
    const isHttps = to.kind === 'https';
    const reason = isHttps
      ? urlRefusal(to.url, { allowedOrigins: this.#allowed })
      : queueUrlRefusal(to.url, this.#allowed);
    return reason && `to.${to.kind} ${reason}. Other targets need --allow-target <URL> at the start of the server`;
  }

  async call(call: PushCall): Promise<PushAnswer> {
    const answer = await this.#answerOf(call);
    this.#failures?.note(call, answer);
    return answer;
  }

  async #answerOf(call: PushCall): Promise<PushAnswer> {
    const { to } = call;
    // What was allowed when the subscription was put may not be so any more.
    if (this.refusal(to) !== undefined) return { end: { kind: 'addressRefused' } };
    if (to.kind === 'https') return await this.#endpoints.call(call);
    if (to.kind === 'lambda') return await this.#functions.call(call);
    if (to.kind === 'sqs') return await this.#queues.call(call);
    return (await this.#files?.call(call)) ?? { end: { kind: 'addressRefused' } };
  }

  async close(): Promise<void> {
    this.#sender.close();
    await this.#files?.close();
  }
}
