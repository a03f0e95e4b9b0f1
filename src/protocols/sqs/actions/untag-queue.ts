import { updateQueue } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { SqsError } from '../errors.ts';
import { list, required, text } from '../shapes.ts';

export const untagQueueAction = queueAction({
  name: 'UntagQueue',
  right: 'manage',
  input: { TagKeys: required(list(text, 'TagKey')) },
  async answer({ host }, name, { TagKeys }) {
    if (TagKeys.length === 0) {
      const message = 'Tag keys must be between 1 and 128 characters in length.';
      throw new SqsError('InvalidParameterValueException', message);
    }
    const gone = new Set(TagKeys);
    await updateQueue(host.service, {
      name,
      settings: (current) => ({
        ...current,
        tags: Object.fromEntries(Object.entries(current.tags).filter(([key]) => !gone.has(key))),
      }),
    });
    return undefined;
  },
});
