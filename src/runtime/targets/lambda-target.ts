import type { NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { TARGET_ANSWER_BYTES_MAX } from '../../model/limits.ts';
import type { CallFailure } from '../../model/push/index.ts';
import type { PushAnswer, PushCall, PushTarget } from '../../ports/push-target.ts';
import type { Owner } from '../../protocols/sqs/queue-names.ts';
import { type HttpAnswer, SignedHttp, serviceAddress } from '../lambda-http.ts';
import { failureOf, refusalIn } from './aws-failure.ts';
import { encodedCall } from './encoded-call.ts';

interface LambdaTargetOptions {
  readonly owner: Owner;
  /** How connections are made and kept. @default a connection for each call that runs, made within 5 s */
  readonly requestHandler?: NodeHttpHandlerOptions;
}

export const AWS_CONNECTIONS: NodeHttpHandlerOptions = {
  connectionTimeout: 5_000,
  // A call that waits for the connection of another call would run out of time before it begins.
  httpsAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
};

/** `arn:aws:lambda:<region>:<account>:function:<name>`, and a version or an alias. */
const FUNCTION_ARN =
  /^arn:aws(?:-[a-z-]+)?:lambda:([a-z0-9-]+):\d{12}:function:[A-Za-z0-9_-]{1,140}(:[A-Za-z0-9_$-]+)?$/;

/**
 * Invokes functions of Lambda and waits for their answers. A call is never repeated by the client.
 * @remarks Needs `lambda:InvokeFunction`; credentials come from the environment.
 */
export class LambdaTarget implements PushTarget {
  readonly #options: LambdaTargetOptions;
  readonly #clients = new Map<string, SignedHttp>();

  constructor(options: LambdaTargetOptions) {
    this.#options = options;
  }

  async call(call: PushCall): Promise<PushAnswer> {
    const { to, timeoutMs } = call;
    const region = to.kind === 'lambda' ? FUNCTION_ARN.exec(to.arn)?.[1] : undefined;
    if (to.kind !== 'lambda' || region === undefined) return { end: { kind: 'addressRefused' } };
    try {
      const answer = await this.#clientFor(region).exchange(serviceAddress('lambda', 'LAMBDA', region), {
        method: 'POST',
        path: `/2015-03-31/functions/${encodeURIComponent(to.arn)}/invocations`,
        headers: { 'content-type': 'application/json', 'x-amz-invocation-type': 'RequestResponse' },
        body: encodedCall(call, this.#options.owner),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return answerOf(answer);
    } catch (error) {
      return { end: { kind: failureOf(error) } };
    }
  }

  #clientFor(region: string): SignedHttp {
    const { requestHandler = AWS_CONNECTIONS } = this.#options;
    const client = this.#clients.get(region) ?? new SignedHttp('lambda', { maxAttempts: 1, requestHandler, region });
    this.#clients.set(region, client);
    return client;
  }
}

function answerOf(answer: HttpAnswer): PushAnswer {
  if (answer.status !== 200) return { end: refusalIn(answer) };
  const text = answer.body.subarray(0, TARGET_ANSWER_BYTES_MAX).toString();
  if (answer.headers['x-amz-function-error'] === undefined) return { end: { kind: 'status', status: 200 }, text };
  return { end: { kind: functionFailure(text) }, text };
}

/** Errors of a runtime that could not begin with the handler: a deployment broke it, no message did. */
const NOT_LOADED = new Set([
  'Runtime.ImportModuleError',
  'Runtime.UserCodeSyntaxError',
  'Runtime.HandlerNotFound',
  'Runtime.MalformedHandlerName',
  'Runtime.InvalidEntrypoint',
  'Runtime.InvalidWorkingDir',
]);
const EXITED = new Set(['Runtime.ExitError', 'Runtime.OutOfMemory']);

function functionFailure(text: string): CallFailure {
  const errorType = /"errorType"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? '';
  if (NOT_LOADED.has(errorType)) return 'notLoaded';
  return EXITED.has(errorType) ? 'handlerExited' : 'handlerFailed';
}
