import type { EpochMs } from '../../model/brand.ts';
import type { QueueService } from '../service.ts';

const NAME = 'controller';
const HOLDER_LENGTH = 8;
/** A run that died is followed by another after this. */
const LEASE_MS = 30_000;

/** Keeps runs of the controller from doing the same work at once. Nothing goes wrong when two do. */
export class ControlLease {
  readonly #service: QueueService;
  readonly #holder: string;

  constructor(service: QueueService) {
    this.#service = service;
    this.#holder = service.random.text(HOLDER_LENGTH);
  }

  /** Takes the lease, or keeps it for longer; false when another run has it. @remarks Cost: a read and a write. */
  async tryHold(): Promise<boolean> {
    const { catalog, clock } = this.#service;
    const stored = await catalog.get('controlLease', NAME);
    const nowMs = clock.nowMs();
    if (stored !== undefined && stored.value.holder !== this.#holder && stored.value.untilMs > nowMs) return false;
    const lease = { holder: this.#holder, untilMs: (nowMs + LEASE_MS) as EpochMs };
    return (await catalog.tryPut('controlLease', NAME, lease, stored?.version ?? 0)) === 'done';
  }

  /** Lets the next run begin at once. */
  async release(): Promise<void> {
    const { catalog } = this.#service;
    const stored = await catalog.get('controlLease', NAME);
    if (stored?.value.holder === this.#holder) await catalog.tryRemove('controlLease', NAME, stored.version);
  }
}
