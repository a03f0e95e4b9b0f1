import { updateQueue } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { parseAttributes } from '../queue-attributes.ts';
import { withTargetChecked } from '../redrive-policy.ts';
import { map, required, text } from '../shapes.ts';

export const setQueueAttributesAction = queueAction({
  name: 'SetQueueAttributes',
  right: 'manage',
  input: { Attributes: required(map(text, 'Attribute')) },
  async answer({ host }, name, { Attributes }) {
    const settings = parseAttributes(Attributes);
    const { service } = host;
    await withTargetChecked(service, { name, attributes: Attributes }, () => updateQueue(service, { name, settings }));
    return undefined;
  },
});
