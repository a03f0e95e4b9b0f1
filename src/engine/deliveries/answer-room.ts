import { ANSWER_BYTES_MAX, MESSAGE_FRAME_BYTES } from '../../model/limits.ts';
import { answerBytesMax, jsonBytes, type Message } from '../../model/message.ts';

/** Room for messages in one answer: as many as fit the largest there is, and one always. */
export class AnswerRoom {
  readonly #bytesOf: (message: Message) => number;
  /** Of the messages that were measured, as they stand in the answer. */
  #bytes = 0;
  /** Those that surely fit, without a count of their bytes. */
  #unmeasured: Message[] = [];
  #unmeasuredBytesMax = 0;
  #isEmpty = true;
  #isFull = false;

  /** @param bytesOf bytes of body and attributes in the answer, six a character at most; by default in JSON */
  constructor(bytesOf: (message: Message) => number = jsonBytes) {
    this.#bytesOf = bytesOf;
  }

  /** Nothing is in it, so one message fits, whatever its size. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** A message had no room, so the answer ends before it. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get bytesLeft(): number {
    this.#measure();
    return ANSWER_BYTES_MAX - this.#bytes;
  }

  /** Whether the message still fits; the first one that does not ends the answer. */
  tryAdd(message: Message): boolean {
    if (this.#isFull) return false;
    this.#unmeasured.push(message);
    this.#unmeasuredBytesMax += answerBytesMax(message) + MESSAGE_FRAME_BYTES;
    // To measure a message costs as much as to write it, so it is done where it may matter.
    if (this.#bytes + this.#unmeasuredBytesMax > ANSWER_BYTES_MAX) this.#measure();
    this.#isFull = this.#bytes > ANSWER_BYTES_MAX && !this.#isEmpty;
    this.#isEmpty = false;
    return !this.#isFull;
  }

  #measure(): void {
    for (const message of this.#unmeasured) this.#bytes += this.#bytesOf(message) + MESSAGE_FRAME_BYTES;
    this.#unmeasured = [];
    this.#unmeasuredBytesMax = 0;
  }
}
