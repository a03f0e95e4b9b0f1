import type { NewMessage } from '../../client/index.ts';
import { WrongUse } from './exit-codes.ts';

const FIELDS = ['body', 'attributes', 'delaySeconds', 'deliverAt'] as const;

/** A message of a JSON line: `body`, `attributes`, and `delaySeconds` or `deliverAt`. @throws WrongUse */
export function parseJsonMessage(line: string, number: number): NewMessage {
  const given = parseObject(line, number);
  const unknown = Object.keys(given).find((name) => !(FIELDS as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new WrongUse(`Line ${number} has the field "${unknown}"; known are ${FIELDS.join(', ')}.`);
  }
  if (typeof given['body'] !== 'string') throw new WrongUse(`Line ${number} has no text in "body".`);
  // The server checks the rest, and names what is wrong.
  return given as unknown as NewMessage;
}

/**
 * A message of a dump, to be sent again: its body, its attributes, and its time where it is delayed. Id and time of
 * sending are given by the queue, so those of the dump are left out.
 *
 * @throws WrongUse for a line that no dump has written, and for a damaged message, which has no body
 */
export function parseDumpedMessage(line: string, number: number, nowMs: number): NewMessage {
  const { body, attributes = {}, state, visibleAt } = parseObject(line, number);
  if (typeof body !== 'string') throw new WrongUse(`Line ${number} has no text in "body".`);
  if (state === 'damaged') throw new WrongUse(`Line ${number} is a damaged message, which has no body.`);
  const isDelayed = state === 'delayed' && typeof visibleAt === 'string' && Date.parse(visibleAt) > nowMs;
  const message = { body, attributes: attributes as NonNullable<NewMessage['attributes']> };
  return isDelayed ? { ...message, deliverAt: visibleAt } : message;
}

function parseObject(line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Refused below, like JSON that is no object.
  }
  throw new WrongUse(`Line ${number} is no JSON object: ${line.slice(0, 60)}`);
}
