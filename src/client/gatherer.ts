import type { Host } from './host.ts';

export interface GathererOptions<Entry, Outcome> {
  /** Returns outcomes in the order of the entries. Its error goes to every entry's caller. */
  readonly send: (entries: readonly Entry[]) => Promise<readonly Outcome[]>;
  /** Bytes that an entry adds to a request. */
  readonly bytesOf: (entry: Entry) => number;
  readonly countMax: number;
  readonly bytesMax: number;
  /** A request that is not full leaves this long after its first entry, in milliseconds. */
  readonly lingerMs: number;
  /** Requests at once; entries that come meanwhile wait for the next one. */
  readonly atOnce: number;
  readonly host: Host;
}

interface Waiting<Entry, Outcome> {
  readonly entry: Entry;
  readonly bytes: number;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/** Entries that their taker puts into a request of its own, and then answers or gives back. */
export interface Taken<Entry, Outcome> {
  readonly entries: readonly Entry[];
  readonly answer: (outcomes: readonly Outcome[]) => void;
  /** They leave at once in a request of the gatherer. */
  readonly giveBack: () => void;
}

/** Gathers the entries of many calls into few requests. */
export class Gatherer<Entry, Outcome> {
  readonly #options: GathererOptions<Entry, Outcome>;
  #waiting: Waiting<Entry, Outcome>[] = [];
  #bytes = 0;
  #underWay = 0;
  #isLingering = false;

  constructor(options: GathererOptions<Entry, Outcome>) {
    this.#options = options;
  }

  add(entry: Entry): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const bytes = this.#options.bytesOf(entry);
      this.#waiting.push({ entry, bytes, resolve, reject });
      this.#bytes += bytes;
      if (this.#isFull()) this.#sendSome();
      else void this.#linger();
    });
  }

  /** Takes entries that no request has yet, as many as fit one, for a request of the caller's own. */
  take(): Taken<Entry, Outcome> {
    const batch = this.#take();
    return {
      entries: batch.map(({ entry }) => entry),
      answer: (outcomes) => {
        for (const [index, one] of batch.entries()) one.resolve(outcomes[index] as Outcome);
      },
      giveBack: () => {
        this.#waiting.unshift(...batch);
        for (const { bytes } of batch) this.#bytes += bytes;
        this.#sendSome();
      },
    };
  }

  #isFull(): boolean {
    return this.#waiting.length >= this.#options.countMax || this.#bytes >= this.#options.bytesMax;
  }

  async #linger(): Promise<void> {
    if (this.#isLingering) return;
    this.#isLingering = true;
    await this.#options.host.sleep(this.#options.lingerMs);
    this.#isLingering = false;
    this.#sendSome();
  }

  #sendSome(): void {
    while (this.#waiting.length > 0 && this.#underWay < this.#options.atOnce) void this.#send(this.#take());
  }

  async #send(batch: readonly Waiting<Entry, Outcome>[]): Promise<void> {
    this.#underWay += 1;
    try {
      const outcomes = await this.#options.send(batch.map(({ entry }) => entry));
      for (const [index, one] of batch.entries()) one.resolve(outcomes[index] as Outcome);
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
    this.#underWay -= 1;
    this.#sendSome();
  }

  /** Takes at least one entry, if there is one: the server refuses one that is too large by itself. */
  #take(): Waiting<Entry, Outcome>[] {
    let count = 0;
    let bytes = 0;
    for (const one of this.#waiting) {
      if (count >= this.#options.countMax || (count > 0 && bytes + one.bytes > this.#options.bytesMax)) break;
      count += 1;
      bytes += one.bytes;
    }
    this.#bytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}
