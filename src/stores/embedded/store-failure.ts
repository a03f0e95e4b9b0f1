import { QueueError } from '../../model/errors.ts';

/** A write or sync that takes longer has failed: the disk may never answer, and callers wait for it. */
export const DISK_ANSWER_MS_MAX = 10_000;

/**
 * Remembers that the disk failed. Memory may then be ahead of it, and a sync that failed says nothing about the next
 * one, so nothing is tried again and nothing is served any more: only a new start reads what the disk really has.
 */
export class StoreFailure {
  readonly #onFailure: (sentence: string) => void;
  readonly #answerMsMax: number;
  #refusal: QueueError | undefined;

  constructor(onFailure: (sentence: string) => void, answerMsMax: number) {
    this.#onFailure = onFailure;
    this.#answerMsMax = answerMsMax;
  }

  /** @throws QueueError `Unavailable` once the disk has failed */
  check(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /**
   * Waits for the disk.
   * @param doing - what the disk does, as in `writing its log`
   * @throws QueueError `Unavailable` when that failed or took too long; the store has failed then
   */
  async guard<Answer>(doing: string, work: () => Promise<Answer>): Promise<Answer> {
    this.check();
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer for ${this.#answerMsMax} ms`)), this.#answerMsMax);
    });
    try {
      return await Promise.race([work(), tooLong]);
    } catch (error) {
      throw this.#fail(doing, error);
    } finally {
      clearTimeout(timer);
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
