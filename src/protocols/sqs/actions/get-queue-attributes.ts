import { getQueue, queueCounts } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { needCounts, showAttributes, wantedNames } from '../queue-attributes.ts';
import { list, text } from '../shapes.ts';

export const getQueueAttributesAction = queueAction({
  name: 'GetQueueAttributes',
  right: 'any',
  input: { AttributeNames: list(text, 'AttributeName') },
  async answer({ host }, name, { AttributeNames = [] }) {
    const names = wantedNames(AttributeNames);
    const counted = needCounts(names) ? await queueCounts(host.service, name) : undefined;
    const queue = counted?.queue ?? (await getQueue(host.service, name));
    const counts = counted === undefined ? {} : { counts: counted.counts };
    const attributes = showAttributes({ owner: host, queue, ...counts }, names);
    return Object.keys(attributes).length === 0 ? {} : { Attributes: attributes };
  },
});
