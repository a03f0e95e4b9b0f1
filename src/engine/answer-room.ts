import { ANSWER_BYTES_MAX } from '../model/limits.ts';
import { jsonBytes, type Message } from '../model/message.ts';

/** Field names, id, receipt and times of one message in an answer. */
export const MESSAGE_FRAME_BYTES = 400;

/** Room for messages in one answer: as many as fit the largest there is, and one always. */
export class AnswerRoom {
  #bytes = 0;

  /** Whether the message still fits; the first one that does not ends the answer. */
  tryAdd(message: Message): boolean {
    const isFirst = this.#bytes === 0;
    this.#bytes += jsonBytes(message) + MESSAGE_FRAME_BYTES;
    return isFirst || this.#bytes <= ANSWER_BYTES_MAX;
  }
}
