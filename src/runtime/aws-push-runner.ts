import type { Ports } from '../engine/index.ts';
import { type CallDispatcher, wake } from '../engine/index.ts';
import { NAME_REST_MS } from '../model/limits.ts';
import { isPushing, type PushDestination } from '../model/push/index.ts';
import type { Queue } from '../model/queue.ts';
import type { PushRunner } from '../ports/push-runner.ts';
import { AllowedTargets } from './aws-targets.ts';
import { DeployedFunction } from './deployed-function.ts';
import { ENV, type Environment } from './env.ts';
import type { Log } from './log.ts';

/** Processes send by a route that is this old at most: until then they may put messages without the mark. */
const LINGER_MS = NAME_REST_MS;

/** Starts dispatchers by asynchronous calls of their function. */
export class AwsPushRunner implements PushRunner {
  readonly targets: AllowedTargets;
  readonly #ports: Pick<Ports, 'catalog' | 'clock'>;
  readonly #dispatcher: DeployedFunction;
  readonly #log: Log;

  /** `undefined` in a deployment that pushes nothing, and in functions that start no dispatcher. */
  static open(environment: Environment, ports: Pick<Ports, 'catalog' | 'clock'>, log: Log): AwsPushRunner | undefined {
    const { [ENV.dispatcherFunction]: name, [ENV.targets]: targets } = environment;
    if (name === undefined || targets === undefined) return undefined;
    return new AwsPushRunner(ports, new DeployedFunction(name), { targets: new AllowedTargets(targets), log });
  }

  private constructor(
    ports: Pick<Ports, 'catalog' | 'clock'>,
    dispatcher: DeployedFunction,
    { targets, log }: { readonly targets: AllowedTargets; readonly log: Log },
  ) {
    this.#ports = ports;
    this.#dispatcher = dispatcher;
    this.targets = targets;
    this.#log = log;
  }

  refusal(queueName: string, to: PushDestination): string | undefined {
    return this.targets.refusal(queueName, to);
  }

  async start(queue: Queue): Promise<void> {
    if (isPushing(queue)) await wake(this.#ports, queue, this.call, { lingerMs: LINGER_MS });
  }

  /** Never rejects: the note of a wake-up repeats it. */
  readonly call: CallDispatcher = async (wakeUp) => {
    try {
      await this.#dispatcher.handOver(wakeUp);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn('dispatcherNotCalled', { queue: wakeUp.queue, reason });
    }
  };
}
