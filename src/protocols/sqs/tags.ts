import { invalidValue, SqsError } from './errors.ts';

/** SQS's quota of tags of a queue. */
const TAGS_MAX = 50;
/** Characters, by SQS's quota. */
const TAG_KEY_LENGTH_MAX = 128;
/** Characters, by SQS's quota. */
const TAG_VALUE_LENGTH_MAX = 256;

/** @throws SqsError `InvalidParameterValueException` */
export function checkTags(queue: string, tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  if (entries.length > TAGS_MAX) {
    const message = `Too many tags added for queue ${queue}.`;
    throw new SqsError('InvalidParameterValueException', message);
  }
  for (const [key, value] of entries) {
    if (key.length === 0 || key.length > TAG_KEY_LENGTH_MAX) {
      throw invalidValue('Key', key.slice(0, TAG_KEY_LENGTH_MAX), 'Must be between 1 and 128 characters in length.');
    }
    if (value.length > TAG_VALUE_LENGTH_MAX) {
      throw invalidValue('Value', value.slice(0, TAG_VALUE_LENGTH_MAX), 'Must be at most 256 characters in length.');
    }
  }
}
