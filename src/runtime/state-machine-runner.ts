import type { QueueId, RewindId } from '../model/ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { RewindRunner } from '../ports/rewind-runner.ts';
import { SignedHttp, serviceAddress } from './lambda-http.ts';
import type { Log } from './log.ts';

/** The caller of a rewind waits for this; without an answer the controller starts the rewind. */
const ANSWER_MS_MAX = 2_000;
/** The name of the service, in addresses and signatures. */
const SERVICE = 'states';

/** Starts the deployment's state machine for each rewind; the controller continues rewinds that it leaves. */
export class StateMachineRunner implements RewindRunner {
  readonly #http = new SignedHttp(SERVICE, {
    maxAttempts: 1,
    requestHandler: { requestTimeout: ANSWER_MS_MAX, throwOnRequestTimeout: true },
  });
  readonly #clock: Clock;
  readonly #stateMachineArn: string;
  readonly #log: Log;

  constructor(clock: Clock, stateMachineArn: string, log: Log) {
    this.#log = log;
    this.#clock = clock;
    this.#stateMachineArn = stateMachineArn;
  }

  /** Logs a failed start: the job is recorded, and the controller carries it out two minutes later. */
  async start(queueId: QueueId, rewindId: RewindId): Promise<void> {
    try {
      await this.#startExecution(queueId, rewindId);
    } catch (error) {
      this.#log.error('rewindNotStarted', error, { rewind: rewindId });
    }
  }

  async #startExecution(queueId: QueueId, rewindId: RewindId): Promise<void> {
    // A name serves once in ninety days, and a job is started again to be cancelled.
    const name = `${rewindId}-${this.#clock.nowMs()}`;
    const input = JSON.stringify({ queueId, rewindId });
    const { status } = await this.#http.exchange(serviceAddress(SERVICE, 'SFN'), {
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AWSStepFunctions.StartExecution' },
      body: JSON.stringify({ stateMachineArn: this.#stateMachineArn, name, input }),
    });
    if (status >= 300) throw new Error(`Step Functions answered ${status}`);
  }
}
