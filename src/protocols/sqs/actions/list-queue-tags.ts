import { getQueue } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';

export const listQueueTagsAction = queueAction({
  name: 'ListQueueTags',
  right: 'any',
  input: {},
  async answer({ host }, name) {
    const { tags } = (await getQueue(host.service, name)).settings;
    return Object.keys(tags).length === 0 ? {} : { Tags: tags };
  },
});
