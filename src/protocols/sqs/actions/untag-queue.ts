import { updateQueue } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { list, required, text } from '../shapes.ts';

export const untagQueueAction = queueAction({
  name: 'UntagQueue',
  right: 'manage',
  input: { TagKeys: required(list(text, 'TagKey')) },
  async answer({ host }, name, { TagKeys }) {
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
