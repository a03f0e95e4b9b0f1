import { type HttpAnswer, SignedHttp, serviceAddress } from './lambda-http.ts';

/** A request that hands an event over waits for this; without an answer a later run of the controller serves. */
const HAND_OVER_MS_MAX = 1_000;
/** Connecting within the Region takes milliseconds; longer means that nothing was sent. */
const CONNECT_MS_MAX = 5_000;

/** Another function of the deployment, by its name. Each call is made once. */
export class DeployedFunction {
  readonly #path: string;
  readonly #handingOver = new SignedHttp('lambda', {
    maxAttempts: 1,
    requestHandler: { requestTimeout: HAND_OVER_MS_MAX, throwOnRequestTimeout: true },
  });
  readonly #asking = new SignedHttp('lambda', {
    maxAttempts: 1,
    // A call that waits for a connection of another one would run out of time before it begins.
    requestHandler: {
      connectionTimeout: CONNECT_MS_MAX,
      httpsAgent: { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY },
    },
  });

  constructor(name: string) {
    this.#path = `/2015-03-31/functions/${name}/invocations`;
  }

  /** Lets it work on an event, and does not wait for that. @throws Error when the event is not accepted */
  async handOver(event: object): Promise<void> {
    const { status } = await this.#call(this.#handingOver, 'Event', event);
    if (status >= 300) throw new Error(`Lambda answered ${status}`);
  }

  /** Waits for its answer. @throws the connection's error */
  ask(event: object, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#call(this.#asking, 'RequestResponse', event, signal);
  }

  #call(http: SignedHttp, type: string, event: object, signal?: AbortSignal): Promise<HttpAnswer> {
    return http.exchange(serviceAddress('lambda'), {
      method: 'POST',
      path: this.#path,
      headers: { 'content-type': 'application/json', 'x-amz-invocation-type': type },
      body: JSON.stringify(event),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}
