import { QueueError } from '../../model/errors.ts';

/** A longer write or sync has failed: the disk may never answer, and callers wait for it. */
export const DISK_ANSWER_MS_MAX = 10_000;
/** The wait is counted in this many pieces, so that a stalled process does not take an answer for late. */
const PIECES = 40;

/**
 * How long the disk may still take, in milliseconds. Only time in which the process could have received the answer
 * counts: while it is stalled, the answer waits too.
 */
export interface Patience {
  leftMs: number;
}

/**
 * Remembers that the disk failed. Memory may then be ahead of the disk, and a failed sync says nothing about the next
 * one. So nothing is retried and every call is refused: only a new start reads what the disk really has.
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

  /** Looks at the disk at once. @throws QueueError `Unavailable` when that failed; the store has then failed too */
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
   * @param patience - shared by calls of one group. @default a new one
   * @throws QueueError `Unavailable` when the disk failed or took too long; the store has then failed too
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

/** The disk is full and took nothing. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof Error &&
  (['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code as string) ||
    /no space left|disk quota exceeded|MDB_MAP_FULL/i.test(error.message));
