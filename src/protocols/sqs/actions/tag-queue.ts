import { updateQueue } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { missing } from '../errors.ts';
import { map, required, text } from '../shapes.ts';
import { checkTags } from '../tags.ts';

export const tagQueueAction = queueAction({
  name: 'TagQueue',
  right: 'manage',
  input: { Tags: required(map(text, 'Tag', 'Key')) },
  async answer({ host }, name, { Tags }) {
    if (Object.keys(Tags).length === 0) throw missing('Tags');
    await updateQueue(host.service, {
      name,
      settings: (current) => {
        const tags = { ...current.tags, ...Tags };
        checkTags(name, tags);
        return { ...current, tags };
      },
    });
    return undefined;
  },
});
