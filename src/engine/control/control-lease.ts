import type { EpochMs } from '../../model/brand.ts';
import { tryChangeRecord } from '../records/index.ts';
import type { Records, Using } from '../service.ts';

const NAME = 'controller';
/** Random characters, 48 bits, that tell runs apart. */
const HOLDER_LENGTH = 8;
/** After this another run takes over from a run that died. */
const LEASE_MS = 30_000;

/** Keeps runs of the controller from doing the same work at once. Two runs at once do no harm. */
export class ControlLease {
  readonly #service: Records & Using<'random'>;
  readonly #holder: string;

  constructor(service: Records & Using<'random'>) {
    this.#service = service;
    this.#holder = service.random.text(HOLDER_LENGTH);
  }

  /** Takes or renews the lease; false when another run has it. @remarks Cost: a read and a write. */
  async tryHold(): Promise<boolean> {
    const { outcome, value } = await tryChangeRecord(this.#service, 'controlLease', NAME, (lease) => {
      const nowMs = this.#service.clock.nowMs();
      if (lease !== undefined && lease.holder !== this.#holder && lease.untilMs > nowMs) return lease;
      return { holder: this.#holder, untilMs: (nowMs + LEASE_MS) as EpochMs };
    });
    return outcome === 'done' && value.holder === this.#holder;
  }

  /** Lets the next run begin at once. */
  async release(): Promise<void> {
    await tryChangeRecord(this.#service, 'controlLease', NAME, (lease) =>
      lease?.holder === this.#holder ? undefined : lease,
    );
  }
}
