import { QueueError } from '../../model/errors.ts';

/** A write or sync that takes longer has failed: the disk may never answer, and callers wait for it. */
export const DISK_ANSWER_MS_MAX = 10_000;
/** The wait is counted in so many pieces, so that a process that was held up takes no answer for late. */
const PIECES = 40;

/**
 * How long the disk may still take, in milliseconds. Only time counts in which the process could have met the answer:
 * while something else holds it up, the answer waits too.
 */
export interface Patience {
  leftMs: number;
}

/**
 * Remembers that the disk failed. Memory may then be ahead of it, and a sync that failed says nothing about the next
 * one, so nothing is tried again and nothing is served any more: only a new start reads what the disk really has.
 */
export class StoreFailure {
  readonly #onFailure: (sentence: string) => void;
  /** How long the disk may take for an answer, in milliseconds. */
  readonly answerMsMax: number;
  #refusal: QueueError | undefined;

  constructor(onFailure: (sentence: string) => void, answerMsMax: number) {
    this.#onFailure = onFailure;
    this.answerMsMax = answerMsMax;
  }

  /** @throws QueueError `Unavailable` once the disk has failed */
  check(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  newPatience(): Patience {
    return { leftMs: this.answerMsMax };
  }

  /** Looks at the disk at once. @throws QueueError `Unavailable` when that failed; the store has failed then */
  look(doing: string, work: () => void): void {
    this.check();
    try {
      work();
    } catch (error) {
      throw this.#fail(doing, error);
    }
  }

  /**
   * Waits for the disk.
   * @param doing - what the disk does, as in `writing its log`
   * @param patience - what belongs to one group of calls shares it. @default one of its own
   * @throws QueueError `Unavailable` when that failed or took too long; the store has failed then
   */
  async guard<Answer>(
    doing: string,
    work: () => Promise<Answer>,
    patience: Patience = this.newPatience(),
  ): Promise<Answer> {
    this.check();
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      const pieceMs = this.answerMsMax / PIECES;
      timer = setInterval(() => {
        patience.leftMs -= pieceMs;
        if (patience.leftMs <= 0) reject(new Error(`no answer for ${this.answerMsMax} ms`));
      }, pieceMs);
    });
    try {
      return await Promise.race([work(), tooLong]);
    } catch (error) {
      throw this.#fail(doing, error);
    } finally {
      clearInterval(timer);
    }
  }

  #fail(doing: string, error: unknown): QueueError {
    if (this.#refusal !== undefined) return this.#refusal;
    const cause = error instanceof Error ? error.message : String(error);
    this.#refusal = new QueueError('Unavailable', `the store failed while ${doing}: ${cause}`, { cause: error });
    this.#onFailure(`The store failed while ${doing} (${cause}); start the server again, it goes on from its disk.`);
    return this.#refusal;
  }
}

/** The disk took nothing because it is full. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error &&
  (['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code as string) ||
    /no space left|disk quota exceeded|MDB_MAP_FULL/i.test(error.message));
