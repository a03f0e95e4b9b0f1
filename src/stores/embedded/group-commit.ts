import { assert } from '../../model/assert.ts';
import { QueueError } from '../../model/errors.ts';
import { REQUEST_BYTES_MAX } from '../../model/limits.ts';

/** Runs `steps` in one transaction and resolves when it is on disk; rejects when that is uncertain. */
export type Commit = (steps: () => void) => Promise<void>;

/** At most this many steps share a commit. A step takes microseconds and blocks the rest of the process. */
const STEPS_PER_COMMIT_MAX = 4_096;
/**
 * And they write at most about this, or a single one does: as much as one request. A commit of hundreds of megabytes
 * would block the process for seconds, and end it on a nearly full disk, where the log has little room.
 */
const BYTES_PER_COMMIT_MAX = REQUEST_BYTES_MAX;

/**
 * Lets concurrent steps share a commit and its flush: while one group is written to disk, the next one gathers.
 *
 * Steps share nothing else. Each checks, writes and is answered by itself. A caller that takes two steps sees other
 * callers' steps, or a crash, between them.
 */
export class GroupCommit {
  readonly #commit: Commit;
  #waiting: WaitingStep[] = [];
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(commit: Commit) {
    this.#commit = commit;
  }

  /**
   * Runs a step; resolves with its answer once all its writes are on disk. A step checks first and writes last. Its
   * errors are thrown here, but its earlier writes would stay.
   *
   * @param bytes - about what it writes, if it may be much
   * @throws QueueError `Unavailable` when the disk took nothing or its state is unknown; `DiskFull` when it took
   * nothing
   */
  run<Answer>(step: () => Answer, bytes = 0): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(new QueueError('Unavailable', 'the store is closed'));
    const waiting = new GroupedStep(step, bytes);
    this.#waiting.push(waiting);
    this.#running ??= this.#commitGroups();
    return waiting.answer;
  }

  /** Accepts no more steps; resolves when the accepted ones are on disk. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #commitGroups(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commitGroup();
    this.#running = undefined;
  }

  async #commitGroup(): Promise<void> {
    let group: WaitingStep[] = [];
    try {
      await this.#commit(() => {
        // Taken only now, so that the group includes steps that came while the transaction was opened.
        group = this.#waiting.splice(0, groupSize(this.#waiting));
        for (const step of group) step.run();
      });
    } catch (error) {
      const refusal =
        error instanceof QueueError
          ? error
          : new QueueError('Unavailable', 'the store could not write to its disk', { cause: error });
      if (group.length === 0) group = this.#waiting.splice(0);
      for (const step of group) step.refuse(refusal);
      return;
    }
    for (const step of group) step.settle();
  }
}

/** How many of the steps, from the front, share a commit; at least one. */
function groupSize(steps: readonly WaitingStep[]): number {
  let bytes = 0;
  const end = steps.findIndex((step, index) => {
    bytes += step.bytes;
    return index === STEPS_PER_COMMIT_MAX || (index > 0 && bytes > BYTES_PER_COMMIT_MAX);
  });
  return end === -1 ? steps.length : end;
}

interface WaitingStep {
  readonly bytes: number;
  /** Inside the transaction. */
  run(): void;
  /** Answers the caller, once the step's writes are on disk. */
  settle(): void;
  refuse(error: unknown): void;
}

class GroupedStep<Answer> implements WaitingStep {
  readonly answer: Promise<Answer>;
  readonly bytes: number;
  readonly #step: () => Answer;
  #resolve: (answer: Answer) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #outcome: { readonly answer: Answer } | { readonly error: unknown } | undefined;

  constructor(step: () => Answer, bytes: number) {
    this.#step = step;
    this.bytes = bytes;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  run(): void {
    try {
      this.#outcome = { answer: this.#step() };
    } catch (error) {
      this.#outcome = { error };
    }
  }

  settle(): void {
    assert(this.#outcome !== undefined, 'a step has run before it is answered');
    if ('error' in this.#outcome) this.#reject(this.#outcome.error);
    else this.#resolve(this.#outcome.answer);
  }

  refuse(error: unknown): void {
    this.#reject(error);
  }
}
