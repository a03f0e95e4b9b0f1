import {
  type Arrival,
  type Dispatched,
  type Ports,
  type QueueService,
  type WakeUp,
  wakeDue,
  wakeForArrivals,
} from '../../src/engine/index.ts';
import type { EpochMs } from '../../src/model/brand.ts';
import type { Change } from '../../src/model/change.ts';
import { visibleAtMs } from '../../src/model/ids.ts';
import type { SeededRandom } from '../../src/stores/simulated/seeded-random.ts';
import type { SimulatedProcess } from '../../src/stores/simulated/simulated-process.ts';
import { replaced } from './replaced.ts';

export interface WakingWorld {
  readonly random: SeededRandom;
  readonly isOver: () => boolean;
  readonly hasFaults: () => boolean;
  readonly nowMs: () => EpochMs;
  readonly sleep: (ms: number) => Promise<void>;
  /** Starts a process of the waker, the controller or a dispatcher. */
  readonly open: (name: string) => { readonly process: SimulatedProcess; readonly service: QueueService };
  /** How late a stream tells, in milliseconds. @default half a second, and sometimes 20 s */
  readonly tellMs?: () => number;
  readonly dispatch: (
    service: QueueService,
    how: { readonly wakeUp: WakeUp; readonly processEndsMs: EpochMs },
  ) => Promise<Dispatched>;
}

const MINUTE_MS = 60_000;
const RETRY_MS = 1_000;
const PROCESS_MS = 120_000;
const LATE_MS_MAX = 90_000;

/**
 * What wakes dispatchers on AWS: streams that tell at least once and sometimes late, asynchronous calls that are lost,
 * doubled and late, and a controller each minute, without its walk each hour.
 */
export class Waking {
  readonly #world: WakingWorld;
  /** Deliveries that were put with the mark. */
  readonly #marked = new Set<string>();
  #started = 0;

  constructor(world: WakingWorld) {
    this.#world = world;
  }

  /** The ports of a process, whose marks the feed sees. */
  marking(ports: Ports): Ports {
    const put: Ports['shards']['put'] = (placements) => {
      for (const { delivery, wakes } of placements) if (wakes === true) this.#marked.add(delivery.key);
      return ports.shards.put(placements);
    };
    return { ...ports, shards: replaced(ports.shards, { put }) };
  }

  /** What the stream filters for. */
  onChange({ shard, before, after }: Change): void {
    if (before !== undefined || after === undefined || !this.#marked.has(after.key)) return;
    void this.#tell({ shard, visibleAtMs: visibleAtMs(after.key) });
  }

  /** Wakes at due times. */
  async control(): Promise<void> {
    while (!this.#world.isOver()) {
      await this.#world.sleep(MINUTE_MS);
      await this.#inProcess('controller', (service) => wakeDue(service, this.call));
    }
  }

  readonly call = (wakeUp: WakeUp): Promise<void> => {
    const { random, hasFaults } = this.#world;
    if (hasFaults() && random.chance(0.1)) return Promise.resolve();
    const copies = hasFaults() && random.chance(0.3) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) void this.#run(wakeUp);
    return Promise.resolve();
  };

  async #run(wakeUp: WakeUp): Promise<void> {
    const { random, sleep, nowMs, dispatch, hasFaults } = this.#world;
    await sleep(random.below(hasFaults() && random.chance(0.2) ? LATE_MS_MAX : 300));
    await this.#inProcess('dispatcher', async (service) => {
      const processEndsMs = (nowMs() + PROCESS_MS) as EpochMs;
      const { outcome, settled } = await dispatch(service, { wakeUp, processEndsMs });
      if (outcome === 'spent') await this.call(wakeUp);
      await settled;
    });
  }

  /** A batch is repeated until the function has succeeded, and some batches come twice. */
  async #tell(arrival: Arrival): Promise<void> {
    const { random, sleep, tellMs = () => random.below(random.chance(0.1) ? 20_000 : 500) } = this.#world;
    for (let times = random.chance(0.1) ? 2 : 1; times > 0; times--) {
      await sleep(tellMs());
      while (!(await this.#inProcess('waker', (service) => wakeForArrivals(service, [arrival], this.call)))) {
        await sleep(RETRY_MS);
      }
    }
  }

  /** Whether the work was done: it may fail, and its process may die. */
  async #inProcess(name: string, work: (service: QueueService) => Promise<void>): Promise<boolean> {
    const { process, service } = this.#world.open(`${name} ${this.#started++}`);
    const done = work(service).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && error.name === 'QueueError') return false;
        throw error;
      },
    );
    return await Promise.race([done, process.death.then(() => false)]);
  }
}
