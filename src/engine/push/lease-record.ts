import type { QueueId } from '../../model/ids.ts';
import type { PushLease } from '../../model/push/index.ts';
import { changeRecord } from '../records/index.ts';
import type { Using } from '../service.ts';

/** What becomes of the record; `undefined`: it may not be changed so. A repeat after a lost answer changes nothing. */
type Plan = (lease: PushLease | undefined) => PushLease | undefined;

interface Change {
  readonly plan: Plan;
  readonly resolve: (lease: PushLease | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** What a dispatcher counts its calls by. */
export interface LeaseHolder {
  /** With all changes that are under way. */
  readonly lease: PushLease | undefined;
  /**
   * @returns the record after the change, or `undefined` when the plan refuses it
   * @throws QueueError `Throttled`, `Unavailable`: it may have been changed
   */
  change(plan: Plan): Promise<PushLease | undefined>;
}

/** The lease record of one queue, as one dispatcher changes it: changes that come during a write share the next one. */
export class PushLeaseRecord implements LeaseHolder {
  readonly #service: Using<'catalog'>;
  readonly #queueId: QueueId;
  /** As it was last written or read. */
  #known: PushLease | undefined;
  #underWay: readonly Change[] = [];
  #waiting: Change[] = [];

  constructor(service: Using<'catalog'>, queueId: QueueId) {
    this.#service = service;
    this.#queueId = queueId;
  }

  get lease(): PushLease | undefined {
    return [...this.#underWay, ...this.#waiting].reduce((lease, { plan }) => plan(lease) ?? lease, this.#known);
  }

  /** @remarks Cost: one read and one conditional write, shared with changes that come at the same time. */
  change(plan: Plan): Promise<PushLease | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ plan, resolve, reject });
      if (this.#underWay.length === 0) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#underWay = this.#waiting;
      this.#waiting = [];
      await this.#write(this.#underWay);
      this.#underWay = [];
    }
  }

  async #write(changes: readonly Change[]): Promise<void> {
    let results: (PushLease | undefined)[] = [];
    try {
      this.#known = await changeRecord(this.#service, 'pushLease', this.#queueId, (stored) => {
        let lease = stored;
        results = changes.map(({ plan }) => {
          const next = plan(lease);
          lease = next ?? lease;
          return next;
        });
        return lease;
      });
      for (const [index, { resolve }] of changes.entries()) resolve(results[index]);
    } catch (error) {
      for (const { reject } of changes) reject(error);
    }
  }
}
